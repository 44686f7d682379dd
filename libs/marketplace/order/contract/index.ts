export { type Order, OrderApi, type OrderInFull, type OrderStatus } from './order.api.js';
export { InvoiceIssued, OrderAbandoned, OrderItem } from './order.events.js';
export { noSuchOrder } from './order.refusals.js';
