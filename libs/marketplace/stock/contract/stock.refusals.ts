import { refusal } from '#platform/seam';

/** Nobody has told stock of this product. */
export const noSuchStock = refusal<{ sellerId: number; productId: number }>(
  'stock.unknown-item',
  'not-found',
  ({ sellerId, productId }) =>
    `There is no stock of product ${productId} of seller ${sellerId}: create it with POST /stock first.`,
);

/** A seller may not take away pieces that are promised to customers. */
export const lessThanReserved = refusal<{ sellerId: number; productId: number }>(
  'stock.less-than-reserved',
  'conflict',
  ({ sellerId, productId }) =>
    `More pieces of product ${productId} of seller ${sellerId} are reserved than would be left: wait until they are sold or released.`,
);
