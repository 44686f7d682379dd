export {
  PaymentApi,
  type PaymentCard,
  type PaymentLine,
  type PaymentMethod,
  type PaymentType,
} from './payment.api.js';
export { PaymentConfirmed, PaymentFailed } from './payment.events.js';
export { noSuchPayment } from './payment.refusals.js';
