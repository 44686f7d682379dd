import type { PaymentCard, PaymentLine } from './contract/index.js';

/** A payment line as Postgres hands it out, beside its card's columns, which are null without a card. */
export type LineRow = Omit<PaymentLine, 'created_at' | 'card'> &
  (PaymentCard | Record<keyof PaymentCard, null>) & { readonly created_at: Date };

/** The row as others see it. */
export function toPaymentLine(row: LineRow): PaymentLine {
  const { card_number, card_holder_name, card_expiration, card_brand, created_at, ...line } = row;
  const card = card_number === null ? null : { card_number, card_holder_name, card_expiration, card_brand };
  return { ...line, created_at: created_at.toISOString(), card };
}
