import { Check, Column, Entity, PrimaryColumn } from 'typeorm';
import type { Customer } from '../contract/customer.api.js';

/** One row of customer.customers. Of the card it holds a masked number, and never the code. */
@Entity({ schema: 'customer', name: 'customers' })
@Check('customers_card_number_check', "card_number !~ '[0-9]{5}'")
@Check('customers_card_type_check', "card_type in ('', 'VISA', 'AMERICAN_EXPRESS', 'MASTER_CARD')")
@Check('customers_success_payment_count_check', 'success_payment_count >= 0')
@Check('customers_failed_payment_count_check', 'failed_payment_count >= 0')
@Check('customers_delivery_count_check', 'delivery_count >= 0')
export class CustomerRow {
  @PrimaryColumn('integer')
  id!: number;

  @Column('text')
  first_name!: string;

  @Column('text')
  last_name!: string;

  @Column('text')
  address!: string;

  @Column('text')
  complement!: string;

  @Column('text')
  birth_date!: string;

  @Column('text')
  zip_code!: string;

  @Column('text')
  city!: string;

  @Column('text')
  state!: string;

  @Column('text')
  card_number!: string;

  @Column('text')
  card_expiration!: string;

  @Column('text')
  card_holder_name!: string;

  @Column('text')
  card_type!: Customer['card_type'];

  @Column('text')
  data!: string;

  @Column('integer', { default: 0 })
  success_payment_count!: number;

  @Column('integer', { default: 0 })
  failed_payment_count!: number;

  @Column('integer', { default: 0 })
  delivery_count!: number;

  @Column('timestamptz', { default: () => 'now()' })
  created_at!: Date;

  @Column('timestamptz', { default: () => 'now()' })
  updated_at!: Date;
}
