import { z } from 'zod';

const text = (longest: number) => z.string().max(longest);
const card = z.string().max(200).default('');

/** What a customer sends to check out: field for field what the marketplace checks. */
export const CustomerCheckout = z.object({
  CustomerId: z.int32().positive(),
  FirstName: text(200),
  LastName: text(200),
  Street: text(500),
  Complement: text(500).default(''),
  City: text(200),
  State: text(200),
  ZipCode: text(50),
  PaymentType: z.enum(['CREDIT_CARD', 'DEBIT_CARD', 'BOLETO']),
  CardNumber: card,
  CardHolderName: card,
  CardExpiration: card,
  CardSecurityNumber: card,
  CardBrand: text(100).default(''),
  Installments: z.int().min(0).max(100).default(1),
  instanceId: z.string().min(1).max(200),
});
export type CustomerCheckout = z.output<typeof CustomerCheckout>;

/** Whether the card can be charged, by the marketplace's rules. */
export function isUsable(checkout: CustomerCheckout, now: Date): boolean {
  if (checkout.PaymentType === 'BOLETO') return true;
  if (!/^\d{12,19}$/.test(checkout.CardNumber.replace(/[ -]/g, ''))) return false;
  if (!/^\d{3,4}$/.test(checkout.CardSecurityNumber)) return false;
  const match = /^(0[1-9]|1[0-2])(\d\d)$/.exec(checkout.CardExpiration);
  return match !== null && now.getTime() < Date.UTC(2000 + Number(match[2]), Number(match[1]), 1);
}
