import { z } from 'zod';
import { Money } from '#marketplace/money';
import type { ProductFact, ProductLine } from '#marketplace/product';
import { Id, Tid, text } from '#marketplace/text';

/** One line of a cart, with the field names of the specification: the product as the customer saw it. */
export const CartItem = z.object({
  SellerId: Id,
  ProductId: Id,
  ProductName: text(500),
  UnitPrice: Money,
  FreightValue: Money,
  Quantity: z.int32().positive(),
  Voucher: Money,
  Version: Tid,
});
export type CartItem = z.output<typeof CartItem>;

/** How an order is paid. */
export const PaymentType = z.enum(['CREDIT_CARD', 'DEBIT_CARD', 'BOLETO']);
export type PaymentType = z.output<typeof PaymentType>;

/**
 * Who checks out, where to, and how it is paid: the specification's CustomerCheckout without the card, of which only
 * payment's reference and the brand go on.
 */
export const CheckoutDetails = z.object({
  CustomerId: Id,
  FirstName: text(200),
  LastName: text(200),
  Street: text(500),
  Complement: text(500),
  City: text(200),
  State: text(200),
  ZipCode: text(50),
  PaymentType,
  /** What payment gave for the payment method: the only trace of a card outside payment. */
  PaymentReference: text(200),
  CardBrand: text(100),
  /** 1 unless a credit card pays in instalments. */
  Installments: z.int().min(1).max(100),
  /** The id of the whole business transaction, from the caller: tid, and correlation id of the chain. */
  instanceId: Tid,
});
export type CheckoutDetails = z.output<typeof CheckoutDetails>;

/** What of {@link CheckoutDetails} can be erased from an event that carries them at `at`. The payment's reference tells nothing alone. */
export const buyerAt = <A extends string>(at: A) => ({
  subject: { customer: `${at}.CustomerId` as const },
  fields: (['FirstName', 'LastName', 'Street', 'Complement', 'City', 'State', 'ZipCode'] as const).map(
    (field) => `${at}.${field}` as const,
  ),
});

/** A cart as it stands. */
export interface Cart {
  readonly customerId: number;
  readonly status: 'OPEN' | 'CHECKOUT_SENT' | 'PRODUCT_DIVERGENCE';
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly items: CartItem[];
}

/** What became of a submission: sent, or held because lines appeared of which the caller brought no facts. */
export type Submission =
  | { readonly sent: true; readonly items: number }
  | { readonly sent: false; readonly unseen: ProductLine[] };

/** What other modules may ask of cart. */
export abstract class CartApi {
  /** @throws Refusal noCart */
  abstract find(customerId: number): Promise<Cart>;

  /**
   * What cart would have to know of product before it may submit this cart: for every seller of whom some line's
   * version and price are not what the replica holds, all that seller's lines. Empty: submit without facts.
   *
   * @throws Refusal noCart, emptyCart, alreadySent
   */
  abstract unseen(customerId: number): Promise<ProductLine[]>;

  /**
   * Prices the cart from one cut through each seller's history, keeps what was submitted, empties the cart and tells
   * stock (ReserveStock), all in one unit of work. Idempotent by `details.instanceId`.
   *
   * @param facts product's answer for what {@link unseen} named; for a seller whose replica has moved on since, the
   *   replica is used
   * @throws Refusal noCart, emptyCart, alreadySent
   */
  abstract submit(details: CheckoutDetails, facts: readonly ProductFact[]): Promise<Submission>;

  /** Empties the cart and opens it again: an abandoned session. @throws Refusal noCart */
  abstract seal(customerId: number): Promise<void>;

  /** The lines that were submitted under `tid`, in their order; none when nothing was. */
  abstract history(customerId: number, tid: string): Promise<CartItem[]>;

  /** Back to the state before a run: no carts, no history; the replica stays, every version '0' and active. */
  abstract reset(): Promise<void>;

  /** Deletes everything that cart owns. */
  abstract cleanup(): Promise<void>;
}
