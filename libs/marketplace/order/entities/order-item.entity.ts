import { Check, Column, Entity, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { OrderEntity } from './order.entity.js';

/** A row per line of an order. */
@Entity({ schema: 'order', name: 'order_items' })
@Check(
  'order_items_amounts',
  `quantity > 0 and total_items = unit_price * quantity and total_amount >= 0 and total_amount <= total_items`,
)
export class OrderItemEntity {
  @PrimaryColumn('integer') customer_id!: number;
  @PrimaryColumn('integer') order_id!: number;
  @PrimaryColumn('integer') order_item_id!: number;
  @Column('integer') seller_id!: number;
  @Column('integer') product_id!: number;
  @Column('text') product_name!: string;
  @Column('numeric', { precision: 12, scale: 2 }) unit_price!: string;
  @Column('numeric', { precision: 12, scale: 2 }) freight_value!: string;
  @Column('integer') quantity!: number;
  @Column('numeric', { precision: 12, scale: 2 }) total_items!: string;
  @Column('numeric', { precision: 12, scale: 2 }) total_amount!: string;
  @Column('timestamptz') shipping_limit_date!: Date;

  /** Only so that the foreign key is known here; never loaded. */
  @ManyToOne(() => OrderEntity, { onDelete: 'CASCADE' })
  @JoinColumn([
    {
      name: 'customer_id',
      referencedColumnName: 'customer_id',
      foreignKeyConstraintName: 'order_items_order',
    },
    { name: 'order_id', referencedColumnName: 'order_id', foreignKeyConstraintName: 'order_items_order' },
  ])
  order?: Relation<OrderEntity>;
}
