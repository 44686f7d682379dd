import { Check, Column, Entity, PrimaryColumn } from 'typeorm';

/** One line as it was submitted at checkout. */
@Entity({ schema: 'cart', name: 'cart_history' })
@Check('cart_history_line_positive', 'line > 0')
export class CartHistoryEntity {
  @PrimaryColumn('text')
  tid!: string;

  @PrimaryColumn('integer')
  line!: number;

  @Column('integer')
  customer_id!: number;

  @Column('integer')
  seller_id!: number;

  @Column('integer')
  product_id!: number;

  @Column('text')
  product_name!: string;

  @Column('numeric', { precision: 12, scale: 2 })
  unit_price!: string;

  @Column('numeric', { precision: 12, scale: 2 })
  freight_value!: string;

  @Column('numeric', { precision: 12, scale: 2 })
  voucher!: string;

  @Column('integer')
  quantity!: number;

  @Column('text')
  version!: string;

  @Column('timestamptz', { default: () => 'now()' })
  at!: Date;
}
