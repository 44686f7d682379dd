import { z } from 'zod';
import { PaymentType } from '#marketplace/cart';
import { Id, Tid, text } from '#marketplace/text';

/** Empty when the order is paid by BOLETO; whether a card is usable is a rule of checkout, not of its shape. */
const card = text(200).default('');

/** What a customer sends to check out, with the field names of the specification. */
export const CustomerCheckout = z.object({
  CustomerId: Id,
  FirstName: text(200),
  LastName: text(200),
  Street: text(500),
  Complement: text(500).default(''),
  City: text(200),
  State: text(200),
  ZipCode: text(50),
  PaymentType,
  CardNumber: card,
  CardHolderName: card,
  /** `MMyy`: good until the end of that month. */
  CardExpiration: card,
  CardSecurityNumber: card,
  CardBrand: text(100).default(''),
  /** Counted only for CREDIT_CARD. */
  Installments: z.int().min(0).max(100).default(1),
  /** The caller's id of this checkout: the same id gets the same answer. */
  instanceId: Tid,
});
export type CustomerCheckout = z.output<typeof CustomerCheckout>;
