import {
  Column,
  Entity,
  JoinColumn,
  ManyToOne,
  OneToMany,
  OneToOne,
  PrimaryColumn,
  type Relation,
} from 'typeorm';

const OF_SHIPMENT = [
  { name: 'customer_id', referencedColumnName: 'customer_id' },
  { name: 'order_id', referencedColumnName: 'order_id' },
];

@Entity({ schema: 'shipment', name: 'shipments' })
export class Shipment {
  @PrimaryColumn('integer') customer_id!: number;
  @PrimaryColumn('integer') order_id!: number;
  @Column('integer') package_count!: number;
  @Column('numeric', { precision: 12, scale: 2 }) total_freight_value!: string;
  @Column('timestamptz') request_date!: Date;
  @Column('text') status!: string;
  @Column('text') first_name!: string;
  @Column('text') last_name!: string;
  @Column('text') street!: string;
  @Column('text') complement!: string;
  @Column('text') zip_code!: string;
  @Column('text') city!: string;
  @Column('text') state!: string;
  @OneToMany(
    () => Package,
    (parcel) => parcel.shipment,
  )
  packages!: Relation<Package>[];
  @OneToOne(
    () => Booking,
    (booking) => booking.shipment,
  )
  booking!: Relation<Booking>;
}

@Entity({ schema: 'shipment', name: 'packages' })
export class Package {
  @PrimaryColumn('integer') customer_id!: number;
  @PrimaryColumn('integer') order_id!: number;
  @PrimaryColumn('integer') package_id!: number;
  @Column('integer') seller_id!: number;
  @Column('integer') product_id!: number;
  @Column('text') product_name!: string;
  @Column('numeric', { precision: 12, scale: 2 }) freight_value!: string;
  @Column('integer') quantity!: number;
  @Column('timestamptz') shipping_date!: Date;
  @Column('timestamptz', { nullable: true }) delivery_date!: Date | null;
  @Column('text') status!: string;
  @ManyToOne(
    () => Shipment,
    (shipment) => shipment.packages,
  )
  @JoinColumn(OF_SHIPMENT)
  shipment!: Relation<Shipment>;
}

@Entity({ schema: 'shipment', name: 'bookings' })
export class Booking {
  @PrimaryColumn('text') booking_key!: string;
  @Column('integer') customer_id!: number;
  @Column('integer') order_id!: number;
  @Column('text') status!: string;
  @Column('text', { nullable: true }) carrier_id!: string | null;
  @OneToOne(
    () => Shipment,
    (shipment) => shipment.booking,
  )
  @JoinColumn(OF_SHIPMENT)
  shipment!: Relation<Shipment>;
}
