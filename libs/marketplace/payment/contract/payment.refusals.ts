import { refusal } from '#platform/seam';

/** Nothing was paid, or tried to be paid, for that order yet. */
export const noSuchPayment = refusal<{ customerId: number; orderId: number }>(
  'payment.unknown',
  'not-found',
  ({ customerId, orderId }) =>
    `There is no payment for order ${orderId} of customer ${customerId} yet: ask again once its invoice is settled.`,
);
