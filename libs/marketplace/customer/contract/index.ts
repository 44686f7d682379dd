export { type Customer, CustomerApi, NewCustomer } from './customer.api.js';
export { noSuchCustomer } from './customer.refusals.js';
