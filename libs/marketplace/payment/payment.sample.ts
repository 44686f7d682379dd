import type { InvoiceIssued } from '#marketplace/order';
import { anInvoice } from '../order/order.sample.js';

/**
 * An invoice for specs that a credit card pays in three instalments.
 *
 * @param incentives what a voucher took off each of its lines, which cost 12.00 with their freight
 * @param reference what stands for the card
 */
export function owedByCard(
  incentives: readonly number[] = [0],
  { customerId = 1, reference = 'none' }: { customerId?: number; reference?: string } = {},
): InvoiceIssued {
  const lines = incentives.map((total_incentive) => ({ total_incentive }));
  const card = { PaymentType: 'CREDIT_CARD', CardBrand: 'VISA', Installments: 3 } as const;
  return anInvoice({ customerId, lines, customer: { ...card, PaymentReference: reference } });
}
