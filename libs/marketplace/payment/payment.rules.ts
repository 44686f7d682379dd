import type { InvoiceIssued } from '#marketplace/order';
import type { PaymentLine, PaymentType } from './contract/index.js';

/** What a provider can answer to a charge. */
export type ChargeStatus = 'succeeded' | 'requires_payment_method' | 'canceled';

/** A payment's line before it has a home. */
export type NewLine = Pick<PaymentLine, 'sequential' | 'type' | 'installments' | 'value' | 'status'>;

/** Instalments of a way to pay: only credit cards have more than one (J22). */
export function installmentsOf(type: PaymentType, asked: number): number {
  return type === 'CREDIT_CARD' ? Math.max(1, asked) : 1;
}

/** Whether a way to pay needs a card. */
export function isCard(type: PaymentType): boolean {
  return type !== 'BOLETO';
}

/**
 * The lines of a payment (specification 5.1, step 6): the money first, then, when it was paid, a voucher per
 * line of the order that had one. Vouchers are what the order really took off (J4), so money and vouchers add
 * up to the undiscounted order.
 */
export function paymentLines(invoice: InvoiceIssued, status: ChargeStatus): NewLine[] {
  const { PaymentType: type, Installments } = invoice.customer;
  const installments = installmentsOf(type, Installments);
  const money: NewLine = { sequential: 1, type, installments, value: invoice.totalInvoice, status };
  if (status !== 'succeeded') return [money];
  const vouchers = invoice.items
    .filter((item) => item.total_incentive > 0)
    .map<NewLine>((item, index) => ({
      sequential: index + 2,
      type: 'VOUCHER',
      installments: 1,
      value: item.total_incentive,
      status: null,
    }));
  return [money, ...vouchers];
}

/**
 * The end of a card number, which is all that stays of it: four digits, fewer of a number too short to hide
 * behind four.
 */
export function lastDigits(number: string): string {
  const digits = number.replaceAll(/\D/g, '');
  return digits.slice(digits.length - Math.min(4, Math.floor(digits.length / 3)));
}

/** A card number as it may be shown. */
export function masked(lastFour: string): string {
  return `************${lastFour}`;
}
