import { z } from 'zod';
import { Money } from '#marketplace/money';

/** A seller's wish for a new price, for the version that the seller believes current. */
export const PriceUpdate = z.object({
  sellerId: z.int32().positive(),
  productId: z.int32().positive(),
  price: Money,
  version: z.string().min(1).max(200),
  /** The driver's id of the transaction. */
  instanceId: z.string().min(1).max(200),
});
export type PriceUpdate = z.output<typeof PriceUpdate>;
