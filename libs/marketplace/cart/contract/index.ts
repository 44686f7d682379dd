export {
  buyerAt,
  type Cart,
  CartApi,
  CartItem,
  CheckoutDetails,
  PaymentType,
  type Submission,
} from './cart.api.js';
export { ReserveStock } from './cart.events.js';
export { alreadySent, emptyCart, noCart } from './cart.refusals.js';
