import { buyerAt } from '#marketplace/cart';
import { InvoiceIssued } from '#marketplace/order';
import { type EventOf, event } from '#platform/events';

/**
 * The intent to charge a customer is written down: now the provider may be asked. Payment's own business, so
 * it is not in the contract; it carries what the invoice said, so that the result can be told without asking
 * order again.
 */
export const PaymentRequested = event('PaymentRequested', {
  from: 'payment',
  schema: InvoiceIssued.schema,
  key: InvoiceIssued.key,
  personal: buyerAt('customer'),
});
export type PaymentRequested = EventOf<typeof PaymentRequested>;
