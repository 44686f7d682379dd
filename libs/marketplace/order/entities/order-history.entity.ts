import {
  Column,
  Entity,
  JoinColumn,
  ManyToOne,
  PrimaryGeneratedColumn,
  type Relation,
  Unique,
} from 'typeorm';
import type { OrderStatus } from '../contract/index.js';
import { OrderEntity } from './order.entity.js';

/** A row per status that an order reached. */
@Entity({ schema: 'order', name: 'order_history' })
@Unique('order_history_once', ['customer_id', 'order_id', 'status'])
export class OrderHistoryEntity {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS' }) id!: string;
  @Column('integer') customer_id!: number;
  @Column('integer') order_id!: number;
  @Column('text') status!: OrderStatus;
  @Column('timestamptz', { default: () => 'clock_timestamp()' }) created_at!: Date;

  /** Only so that the foreign key is known here; never loaded. */
  @ManyToOne(() => OrderEntity, { onDelete: 'CASCADE' })
  @JoinColumn([
    {
      name: 'customer_id',
      referencedColumnName: 'customer_id',
      foreignKeyConstraintName: 'order_history_order',
    },
    { name: 'order_id', referencedColumnName: 'order_id', foreignKeyConstraintName: 'order_history_order' },
  ])
  order?: Relation<OrderEntity>;
}
