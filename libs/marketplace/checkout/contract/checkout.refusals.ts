import { refusal } from '#platform/seam';

/** The path names one customer, the body another. */
export const otherCustomer = refusal<{ path: number; body: number }>(
  'checkout.other-customer',
  'invalid',
  (d) =>
    `The path is customer ${d.path}'s cart, the body says CustomerId ${d.body}. Send the same customer in both.`,
);

/** The card can't be charged: it has expired, or is not written like a card. Never says what was written. */
export const unusableCard = refusal<{ field: string }>(
  'checkout.unusable-card',
  'unprocessable',
  (d) =>
    `${d.field}: this card can't be charged. Check what is written there, or pay by another card or by BOLETO.`,
);

/** Another customer's checkout has this id. */
export const instanceTaken = refusal<{ tid: string }>(
  'checkout.instance-taken',
  'conflict',
  (d) => `Another customer checked out under instanceId ${d.tid}. Make a new id for each checkout.`,
);

/** The first attempt is still on its way. */
export const stillRunning = refusal<{ tid: string }>(
  'checkout.still-running',
  'conflict',
  (d) =>
    `Checkout ${d.tid} is still running. Ask again with the same instanceId: the answer will be that of the first.`,
);

/** Nobody checked out under this id. */
export const noSuchCheckout = refusal<{ customerId: number; tid: string }>(
  'checkout.unknown-checkout',
  'not-found',
  (d) => `Customer ${d.customerId} has no checkout ${d.tid}. The id is the instanceId that was sent with it.`,
);
