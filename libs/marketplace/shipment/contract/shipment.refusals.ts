import { refusal } from '#platform/seam';

/** Nothing was shipped for that order, or not yet. */
export const noSuchShipment = refusal<{ customerId: number; orderId: number }>(
  'shipment.unknown',
  'not-found',
  ({ customerId, orderId }) =>
    `Order ${orderId} of customer ${customerId} has no shipment: it gets one when its payment is confirmed. ` +
    `See GET /order/${customerId}.`,
);

/** More update-deliveries wait for their turn than can be served soon. */
export const tooManyDeliveries = refusal<{ waiting: number }>(
  'shipment.too-many-deliveries',
  'too-many',
  ({ waiting }) =>
    `${waiting} update-deliveries are waiting for their turn already, and nothing was delivered for this one. ` +
    'Ask again in a second.',
);
