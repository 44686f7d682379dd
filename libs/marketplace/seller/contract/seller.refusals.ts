import { refusal } from '#platform/seam';

/** Nobody is registered under that id, and nothing was sold under it. */
export const noSuchSeller = refusal<{ sellerId: number }>(
  'seller.unknown',
  'not-found',
  ({ sellerId }) => `There is no seller ${sellerId}. Register one with POST /seller.`,
);
