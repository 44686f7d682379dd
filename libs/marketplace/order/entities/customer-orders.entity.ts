import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The last order number that a customer was given. */
@Entity({ schema: 'order', name: 'customer_orders' })
export class CustomerOrdersEntity {
  @PrimaryColumn('integer') customer_id!: number;
  @Column('integer') next_order_id!: number;
}
