import { z } from 'zod';
import { Tid } from '#marketplace/text';
import { type EventOf, event } from '#platform/events';
import { buyerAt, CartItem, CheckoutDetails } from './cart.api.js';

/** A cart was submitted: stock is asked for its lines. Published in the transaction that empties the cart. */
export const ReserveStock = event('ReserveStock', {
  from: 'cart',
  schema: z.object({
    /** When the customer checked out: ISO 8601, UTC. */
    timestamp: z.iso.datetime(),
    customerCheckout: CheckoutDetails,
    items: z.array(CartItem).min(1),
    instanceId: Tid,
  }),
  key: (e) => `customer:${e.customerCheckout.CustomerId}`,
  personal: buyerAt('customerCheckout'),
});
export type ReserveStock = EventOf<typeof ReserveStock>;
