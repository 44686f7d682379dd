import { z } from 'zod';
import { buyerAt, CheckoutDetails } from '#marketplace/cart';
import { Money } from '#marketplace/money';
import { OrderItem } from '#marketplace/order';
import { Tid } from '#marketplace/text';
import { type EventOf, event } from '#platform/events';

/** The customer has been charged, once, for an order. */
export const PaymentConfirmed = event('PaymentConfirmed', {
  from: 'payment',
  schema: z.object({
    customer: CheckoutDetails,
    orderId: z.number().int().min(1),
    /** What was charged: the invoice's total. */
    totalAmount: Money,
    items: z.array(OrderItem).min(1),
    date: z.iso.datetime(),
    instanceId: Tid,
  }),
  key: (payload) => `customer:${payload.customer.CustomerId}`,
  personal: buyerAt('customer'),
});
export type PaymentConfirmed = EventOf<typeof PaymentConfirmed>;

/** Nothing was taken: the provider refused to charge the customer, or could not even be asked. */
export const PaymentFailed = event('PaymentFailed', {
  from: 'payment',
  schema: z.object({
    status: z.enum(['requires_payment_method', 'canceled']),
    customer: CheckoutDetails,
    orderId: z.number().int().min(1),
    items: z.array(OrderItem).min(1),
    totalAmount: Money,
    instanceId: Tid,
  }),
  key: (payload) => `customer:${payload.customer.CustomerId}`,
  personal: buyerAt('customer'),
});
export type PaymentFailed = EventOf<typeof PaymentFailed>;
