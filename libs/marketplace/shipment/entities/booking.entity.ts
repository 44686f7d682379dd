import { Check, Column, Entity, ForeignKey, PrimaryColumn, Unique } from 'typeorm';
import { ShipmentRow } from './shipment.entity.js';

/** One row of shipment.bookings: what the carrier was asked under one idempotency key, and what it answered. */
@Entity({ schema: 'shipment', name: 'bookings' })
@ForeignKey(() => ShipmentRow, ['customer_id', 'order_id'], ['customer_id', 'order_id'], {
  name: 'bookings_customer_id_order_id_fkey',
  onDelete: 'CASCADE',
})
@Unique('bookings_customer_id_order_id_key', ['customer_id', 'order_id'])
@Check('bookings_status_check', "status in ('requested', 'booked', 'refused')")
@Check('bookings_check', "(status = 'requested') = (answered_at is null)")
@Check('bookings_check1', "(status = 'booked') = (carrier_id is not null)")
export class BookingRow {
  @PrimaryColumn('text')
  booking_key!: string;

  @Column('integer')
  customer_id!: number;

  @Column('integer')
  order_id!: number;

  @Column('text')
  tid!: string;

  @Column('text', { default: 'requested' })
  status!: 'requested' | 'booked' | 'refused';

  @Column('integer', { default: 0 })
  calls!: number;

  @Column('text', { nullable: true })
  carrier_id!: string | null;

  @Column('text', { nullable: true })
  reason!: string | null;

  @Column('timestamptz', { default: () => 'now()' })
  requested_at!: Date;

  @Column('timestamptz', { nullable: true })
  called_at!: Date | null;

  @Column('timestamptz', { nullable: true })
  answered_at!: Date | null;
}
