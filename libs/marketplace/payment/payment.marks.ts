import { TransactionMark } from '#marketplace/benchmark';
import type { InvoiceIssued } from '#marketplace/order';
import type { Unit } from '#platform/work';

/** Tells drivers that a checkout ended in payment: the customer could not be charged, or charging broke. */
export function endCheckout(unit: Unit, invoice: InvoiceIssued, status: 'NOT_ACCEPTED' | 'ABORT'): void {
  const { instanceId: tid, customer } = invoice;
  const actorId = customer.CustomerId;
  unit.publish(TransactionMark, { tid, type: 'CUSTOMER_SESSION', actorId, status, source: 'payment' });
}
