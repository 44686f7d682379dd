import { refusal } from '#platform/seam';

/** The customer never put anything in a cart. */
export const noCart = refusal<{ customerId: number }>(
  'cart.no-cart',
  'not-found',
  (d) => `Customer ${d.customerId} has no cart. Add an item first: PATCH /cart/${d.customerId}/add.`,
);

/** There is nothing to submit. */
export const emptyCart = refusal<{ customerId: number }>(
  'cart.empty',
  'conflict',
  (d) => `The cart of customer ${d.customerId} is empty. Add an item first: PATCH /cart/${d.customerId}/add.`,
);

/** The cart is on its way and takes no changes. */
export const alreadySent = refusal<{ customerId: number }>(
  'cart.already-sent',
  'conflict',
  (d) => `The cart of customer ${d.customerId} is being checked out. Wait until it is open again.`,
);
