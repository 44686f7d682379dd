import { z } from 'zod';
import { buyerAt, CartItem, CheckoutDetails } from '#marketplace/cart';
import { Money } from '#marketplace/money';
import { Tid } from '#marketplace/text';
import { type EventOf, event } from '#platform/events';

/** Some or all lines of a cart are reserved: the order can be made of them. */
export const StockConfirmed = event('StockConfirmed', {
  from: 'stock',
  schema: z.object({
    /** When the customer checked out. */
    timestamp: z.iso.datetime(),
    customerCheckout: CheckoutDetails,
    /** Only the lines that were reserved, at least one. */
    items: z.array(CartItem).min(1),
    instanceId: Tid,
  }),
  key: (payload) => `customer:${payload.customerCheckout.CustomerId}`,
  personal: buyerAt('customerCheckout'),
});
export type StockConfirmed = EventOf<typeof StockConfirmed>;

/** Why a line of a cart was not reserved. */
export const Unreservable = z.object({
  /** The product's id, unique only together with its seller's. */
  Id: z.number().int(),
  SellerId: z.number().int(),
  Status: z.enum(['UNAVAILABLE', 'OUT_OF_STOCK', 'PRICE_DIVERGENCE']),
  UnitPrice: Money,
  OldUnitPrice: Money,
  /** What could still be reserved, of a product that is out of stock; otherwise 0. */
  QtyAvailable: z.number().int().min(0),
});
export type Unreservable = z.infer<typeof Unreservable>;

/** Some or all lines of a cart could not be reserved. Published only under the setting RAISE_STOCK_FAILED. */
export const ReserveStockFailed = event('ReserveStockFailed', {
  from: 'stock',
  schema: z.object({
    timestamp: z.iso.datetime(),
    customerCheckout: CheckoutDetails,
    products: z.array(Unreservable).min(1),
    instanceId: Tid,
  }),
  key: (payload) => `customer:${payload.customerCheckout.CustomerId}`,
  personal: buyerAt('customerCheckout'),
});
export type ReserveStockFailed = EventOf<typeof ReserveStockFailed>;
