import { refusal } from '#platform/seam';

/** Nobody has told stock of this product. */
export const noSuchStock = refusal<{ sellerId: number; productId: number }>(
  'stock.unknown-item',
  'not-found',
  ({ sellerId, productId }) =>
    `There is no stock of product ${productId} of seller ${sellerId}: create it with POST /stock first.`,
);
