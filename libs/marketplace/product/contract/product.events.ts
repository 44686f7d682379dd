import { z } from 'zod';
import { Money } from '#marketplace/money';
import { Id, Tid } from '#marketplace/text';
import { type EventOf, event } from '#platform/events';
import { Product } from './product.api.js';

/**
 * Every change of a product carries the number that its seller gives it. Numbers are dense per seller and taken in the
 * transaction of the change, so they are the order in which the changes became true.
 */
const sequence = z.int().positive();
const ofSeller = (e: { seller_id: number }) => `seller:${e.seller_id}`;

/** A seller offers a product for the first time. */
export const ProductCreated = event('ProductCreated', {
  from: 'product',
  schema: Product.extend({ sequence, instanceId: Tid }),
  key: ofSeller,
});
export type ProductCreated = EventOf<typeof ProductCreated>;

/** A product was replaced, usually under a new version: what holds the old version can no longer be reserved. */
export const ProductUpdated = event('ProductUpdated', {
  from: 'product',
  schema: Product.extend({ sequence, instanceId: Tid }),
  key: ofSeller,
});
export type ProductUpdated = EventOf<typeof ProductUpdated>;

/**
 * A seller asked for a new price. Told also when the seller's version was out of date (`applied` is false, and `sequence`
 * is that of the seller's latest real change): the transaction ends with its mark either way.
 */
export const PriceUpdated = event('PriceUpdated', {
  from: 'product',
  schema: z.object({
    seller_id: Id,
    product_id: Id,
    price: Money,
    version: Tid,
    sequence,
    applied: z.boolean(),
    instanceId: Tid,
  }),
  key: ofSeller,
});
export type PriceUpdated = EventOf<typeof PriceUpdated>;
