export { CheckoutApi, type CheckoutStatus } from './checkout.api.js';
export {
  instanceTaken,
  noSuchCheckout,
  otherCustomer,
  stillRunning,
  unusableCard,
} from './checkout.refusals.js';
