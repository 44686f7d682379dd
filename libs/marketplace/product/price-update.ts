import { z } from 'zod';
import { Money } from '#marketplace/money';
import { Id, Tid } from '#marketplace/text';

/** A seller's wish for a new price, for the version that the seller believes current. */
export const PriceUpdate = z.object({
  sellerId: Id,
  productId: Id,
  price: Money,
  version: Tid,
  /** The driver's id of the transaction. */
  instanceId: Tid,
});
export type PriceUpdate = z.output<typeof PriceUpdate>;
