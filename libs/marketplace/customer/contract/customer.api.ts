import { z } from 'zod';

const CardBrand = z.enum(['VISA', 'AMERICAN_EXPRESS', 'MASTER_CARD']);

/**
 * A customer as it is registered (spec, section 2). The card of the row is part of the benchmark's data set; what pays an
 * order comes with its checkout.
 */
export const NewCustomer = z.object({
  id: z.int32().positive(),
  first_name: z.string(),
  last_name: z.string(),
  address: z.string(),
  complement: z.string().default(''),
  birth_date: z.string().default(''),
  zip_code: z.string(),
  city: z.string(),
  state: z.string(),
  card_number: z.string().default(''),
  card_security_number: z.string().default(''),
  card_expiration: z.string().default(''),
  card_holder_name: z.string().default(''),
  card_type: z.union([CardBrand, z.literal('')]).default(''),
  data: z.string().default(''),
});
export type NewCustomer = z.infer<typeof NewCustomer>;

/**
 * A customer as it is read: the card's code is never kept, of its number only the last four digits are. Dates are ISO 8601
 * strings.
 */
export interface Customer extends Omit<NewCustomer, 'card_security_number'> {
  success_payment_count: number;
  failed_payment_count: number;
  delivery_count: number;
  created_at: string;
  updated_at: string;
}

/** What others may ask of customer. */
export abstract class CustomerApi {
  /** One customer. @throws Refusal `customer.unknown` (not-found) */
  abstract find(id: number): Promise<Customer>;

  /** Registers a customer, or replaces what is known of one; the counters of a known one stay. */
  abstract register(customer: NewCustomer): Promise<void>;

  /** Between runs of a benchmark: every counter is 0 again. */
  abstract reset(): Promise<void>;

  /** After an experiment: forgets every customer. */
  abstract cleanup(): Promise<void>;
}
