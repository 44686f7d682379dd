import { Check, Column, Entity, PrimaryColumn, Unique } from 'typeorm';
import type { OrderStatus } from '../contract/index.js';

/** A row per order. Amounts arrive as strings: they are `numeric`. */
@Entity({ schema: 'order', name: 'orders' })
@Unique('orders_tid', ['tid'])
@Check(
  'orders_status',
  `status in ('CREATED', 'PROCESSING', 'APPROVED', 'CANCELED', 'UNAVAILABLE', 'INVOICED', 'PAYMENT_PROCESSED', 'PAYMENT_FAILED', 'READY_FOR_SHIPMENT', 'IN_TRANSIT', 'DELIVERED')`,
)
@Check(
  'orders_totals',
  `total_amount = total_items - total_incentive and total_invoice = total_amount + total_freight and total_incentive >= 0 and total_amount >= 0 and total_freight >= 0`,
)
export class OrderEntity {
  @PrimaryColumn('integer') customer_id!: number;
  @PrimaryColumn('integer') order_id!: number;
  @Column('text') invoice_number!: string;
  @Column('text') tid!: string;
  @Column('text') status!: OrderStatus;
  @Column('timestamptz') purchase_date!: Date;
  @Column('timestamptz', { nullable: true }) payment_date!: Date | null;
  @Column('timestamptz', { nullable: true }) delivered_carrier_date!: Date | null;
  @Column('timestamptz', { nullable: true }) delivered_customer_date!: Date | null;
  @Column('timestamptz', { nullable: true }) estimated_delivery_date!: Date | null;
  @Column('integer') count_items!: number;
  @Column('numeric', { precision: 12, scale: 2 }) total_amount!: string;
  @Column('numeric', { precision: 12, scale: 2 }) total_freight!: string;
  @Column('numeric', { precision: 12, scale: 2 }) total_incentive!: string;
  @Column('numeric', { precision: 12, scale: 2 }) total_invoice!: string;
  @Column('numeric', { precision: 12, scale: 2 }) total_items!: string;
  @Column('timestamptz', { default: () => 'now()' }) created_at!: Date;
  @Column('timestamptz', { default: () => 'now()' }) updated_at!: Date;
}
