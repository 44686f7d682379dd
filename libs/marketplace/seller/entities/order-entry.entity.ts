import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { EntryStatus } from '../seller.rules.js';

/** One row of seller.order_entries: one line of one order, as its seller follows it. */
@Entity({ schema: 'seller', name: 'order_entries' })
@Index('order_entries_open', ['seller_id', 'customer_id', 'order_id'], {
  where: "order_status in ('INVOICED', 'PAYMENT_PROCESSED', 'READY_FOR_SHIPMENT', 'IN_TRANSIT')",
})
@Check(
  'order_entries_order_status_check',
  "order_status in ('INVOICED', 'PAYMENT_PROCESSED', 'PAYMENT_FAILED', 'READY_FOR_SHIPMENT', 'IN_TRANSIT', 'DELIVERED')",
)
@Check('order_entries_delivery_status_check', "delivery_status in ('ready_to_ship', 'delivered')")
export class OrderEntryRow {
  @PrimaryColumn('integer')
  customer_id!: number;

  @PrimaryColumn('integer')
  order_id!: number;

  @PrimaryColumn('integer')
  seller_id!: number;

  @PrimaryColumn('integer')
  product_id!: number;

  @Column('text')
  natural_key!: string;

  @Column('integer', { nullable: true })
  package_id!: number | null;

  @Column('text')
  product_name!: string;

  @Column('text')
  product_category!: string;

  @Column('numeric', { precision: 12, scale: 2 })
  unit_price!: string;

  @Column('numeric', { precision: 12, scale: 2 })
  total_items!: string;

  @Column('numeric', { precision: 12, scale: 2 })
  total_amount!: string;

  @Column('numeric', { precision: 12, scale: 2 })
  total_incentive!: string;

  @Column('numeric', { precision: 12, scale: 2 })
  total_invoice!: string;

  @Column('numeric', { precision: 12, scale: 2 })
  freight_value!: string;

  @Column('integer')
  quantity!: number;

  @Column('timestamptz', { nullable: true })
  shipment_date!: Date | null;

  @Column('timestamptz', { nullable: true })
  delivery_date!: Date | null;

  @Column('text')
  order_status!: EntryStatus;

  @Column('text', { nullable: true })
  delivery_status!: 'ready_to_ship' | 'delivered' | null;
}
