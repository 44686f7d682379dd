import { refusal } from '#platform/seam';

/** Nobody is registered under that id. */
export const noSuchCustomer = refusal<{ customerId: number }>(
  'customer.unknown',
  'not-found',
  ({ customerId }) => `There is no customer ${customerId}. Register one with POST /customer.`,
);
