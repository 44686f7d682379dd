export { Product, ProductApi, type ProductFact, type ProductLine } from './product.api.js';
export { PriceUpdated, ProductCreated, ProductUpdated } from './product.events.js';
export { noSuchProduct } from './product.refusals.js';
