import { z } from 'zod';
import { Id, text } from '#marketplace/text';

const CardBrand = z.enum(['VISA', 'AMERICAN_EXPRESS', 'MASTER_CARD']);

/**
 * A customer as it is registered (spec, section 2). The card of the row is part of the benchmark's data set; what pays an
 * order comes with its checkout.
 */
export const NewCustomer = z.object({
  id: Id,
  first_name: text(200),
  last_name: text(200),
  address: text(500),
  complement: text(500).default(''),
  birth_date: text(200).default(''),
  zip_code: text(200),
  city: text(200),
  state: text(200),
  card_number: text(200).default(''),
  card_security_number: text(200).default(''),
  card_expiration: text(200).default(''),
  card_holder_name: text(200).default(''),
  card_type: z.union([CardBrand, z.literal('')]).default(''),
  data: text(10_000).default(''),
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
