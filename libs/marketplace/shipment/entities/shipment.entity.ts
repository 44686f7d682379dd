import { Check, Column, Entity, PrimaryColumn } from 'typeorm';
import type { ShipmentStatus } from '../contract/shipment.events.js';

/** One row of shipment.shipments: what goes to the customer for one order, and where to. */
@Entity({ schema: 'shipment', name: 'shipments' })
@Check('shipments_package_count_check', 'package_count > 0')
@Check('shipments_total_freight_value_check', 'total_freight_value >= 0')
@Check('shipments_status_check', "status in ('approved', 'delivery_in_progress', 'concluded')")
export class ShipmentRow {
  @PrimaryColumn('integer')
  customer_id!: number;

  @PrimaryColumn('integer')
  order_id!: number;

  @Column('integer')
  package_count!: number;

  @Column('numeric', { precision: 12, scale: 2 })
  total_freight_value!: string;

  @Column('timestamptz')
  request_date!: Date;

  @Column('text')
  status!: ShipmentStatus;

  @Column('text')
  first_name!: string;

  @Column('text')
  last_name!: string;

  @Column('text')
  street!: string;

  @Column('text')
  complement!: string;

  @Column('text')
  zip_code!: string;

  @Column('text')
  city!: string;

  @Column('text')
  state!: string;
}
