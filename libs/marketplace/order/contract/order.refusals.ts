import { refusal } from '#platform/seam';

/** The customer has no order of that number, or none yet. */
export const noSuchOrder = refusal<{ customerId: number; orderId: number }>(
  'order.unknown',
  'not-found',
  ({ customerId, orderId }) =>
    `Customer ${customerId} has no order ${orderId}: GET /order/${customerId} lists the orders there are.`,
);
