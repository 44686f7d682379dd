import { refusal } from '#platform/seam';

/** The seller offers no such product. */
export const noSuchProduct = refusal<{ sellerId: number; productId: number }>(
  'product.unknown-product',
  'not-found',
  (d) =>
    `Seller ${d.sellerId} offers no product ${d.productId}. GET /product/${d.sellerId} lists what the seller offers.`,
);
