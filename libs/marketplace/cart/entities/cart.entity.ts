import { Check, Column, Entity, PrimaryColumn } from 'typeorm';

/** The cart of a customer; its row is the lock under which its lines change. */
@Entity({ schema: 'cart', name: 'carts' })
@Check('carts_status_known', `status in ('OPEN', 'CHECKOUT_SENT', 'PRODUCT_DIVERGENCE')`)
export class CartEntity {
  @PrimaryColumn('integer')
  customer_id!: number;

  @Column('text', { default: 'OPEN' })
  status!: 'OPEN' | 'CHECKOUT_SENT' | 'PRODUCT_DIVERGENCE';

  @Column('timestamptz', { default: () => 'now()' })
  created_at!: Date;

  @Column('timestamptz', { default: () => 'now()' })
  updated_at!: Date;
}
