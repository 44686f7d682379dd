import { refusal } from '#platform/seam';

/** Nothing was shipped for that order, or not yet. */
export const noSuchShipment = refusal<{ customerId: number; orderId: number }>(
  'shipment.unknown',
  'not-found',
  ({ customerId, orderId }) =>
    `Order ${orderId} of customer ${customerId} has no shipment: it gets one when its payment is confirmed. ` +
    `See GET /order/${customerId}.`,
);
