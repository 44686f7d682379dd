export { type Dashboard, type OrderEntry, Seller, SellerApi, type SellerView } from './seller.api.js';
export { noSuchSeller } from './seller.refusals.js';
