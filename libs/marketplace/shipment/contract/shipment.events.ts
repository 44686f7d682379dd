import { z } from 'zod';
import { Tid, text } from '#marketplace/text';
import { type EventOf, event } from '#platform/events';

/** Where a shipment stands; it only moves to the right. */
export const ShipmentStatus = z.enum(['approved', 'delivery_in_progress', 'concluded']);
export type ShipmentStatus = z.infer<typeof ShipmentStatus>;

/** A shipment was approved, its first package was delivered, or its last one. One per step of an order's shipment. */
export const ShipmentNotification = event('ShipmentNotification', {
  from: 'shipment',
  schema: z.object({
    customerId: z.number().int(),
    orderId: z.number().int(),
    eventDate: z.iso.datetime(),
    /** The tid of the checkout for `approved`, of the UPDATE_DELIVERY for the others. */
    instanceId: Tid,
    status: ShipmentStatus,
  }),
  key: (told) => `customer:${told.customerId}`,
});
export type ShipmentNotification = EventOf<typeof ShipmentNotification>;

/** One package reached the customer. */
export const DeliveryNotification = event('DeliveryNotification', {
  from: 'shipment',
  schema: z.object({
    customerId: z.number().int(),
    orderId: z.number().int(),
    packageId: z.number().int(),
    sellerId: z.number().int(),
    productId: z.number().int(),
    productName: text(500),
    status: z.literal('delivered'),
    deliveryDate: z.iso.datetime(),
    /** The tid of the UPDATE_DELIVERY that delivered it. */
    instanceId: Tid,
  }),
  key: (told) => `customer:${told.customerId}`,
});
export type DeliveryNotification = EventOf<typeof DeliveryNotification>;

/** A carrier has to be found for a shipment. Shipment's own: the first step of its effect ledger, not for other modules. */
export const CarrierBookingRequested = event('CarrierBookingRequested', {
  from: 'shipment',
  schema: z.object({
    /** The carrier's idempotency key. Name and address are read when the call is made: they need no copy here. */
    bookingKey: text(100).min(1),
    customerId: z.number().int(),
    orderId: z.number().int(),
    instanceId: Tid,
  }),
  key: (asked) => `customer:${asked.customerId}`,
});
export type CarrierBookingRequested = EventOf<typeof CarrierBookingRequested>;
