import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { PackageStatus } from '../contract/shipment.api.js';
import { ShipmentRow } from './shipment.entity.js';

/** One row of shipment.packages: one line of an order, on its way or delivered. */
@Entity({ schema: 'shipment', name: 'packages' })
@ForeignKey(() => ShipmentRow, ['customer_id', 'order_id'], ['customer_id', 'order_id'], {
  name: 'packages_customer_id_order_id_fkey',
  onDelete: 'CASCADE',
})
@Index('packages_open', ['shipping_date', 'customer_id', 'order_id', 'package_id', 'seller_id'], {
  where: "status = 'shipped'",
})
@Check('packages_package_id_check', 'package_id > 0')
@Check('packages_freight_value_check', 'freight_value >= 0')
@Check('packages_quantity_check', 'quantity > 0')
@Check(
  'packages_status_check',
  "status in ('created', 'ready_to_ship', 'canceled', 'shipped', 'lost', 'stolen', 'seized_for_inspection', 'returning_to_sender', 'returned_to_sender', 'awaiting_pickup_by_receiver', 'delivered')",
)
@Check('packages_check', "(status = 'delivered') = (delivery_date is not null)")
export class PackageRow {
  @PrimaryColumn('integer')
  customer_id!: number;

  @PrimaryColumn('integer')
  order_id!: number;

  @PrimaryColumn('integer')
  package_id!: number;

  @Column('integer')
  seller_id!: number;

  @Column('integer')
  product_id!: number;

  @Column('text')
  product_name!: string;

  @Column('numeric', { precision: 12, scale: 2 })
  freight_value!: string;

  @Column('integer')
  quantity!: number;

  @Column('timestamptz')
  shipping_date!: Date;

  @Column('timestamptz', { nullable: true })
  delivery_date!: Date | null;

  @Column('text')
  status!: PackageStatus;
}
