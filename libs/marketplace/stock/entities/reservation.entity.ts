import { Check, Column, Entity, PrimaryColumn } from 'typeorm';

/** A row per line of a checkout: what was asked, what became of it, how it was settled. */
@Entity({ schema: 'stock', name: 'reservations' })
@Check('reservations_outcome', `outcome in ('RESERVED', 'UNAVAILABLE', 'OUT_OF_STOCK')`)
@Check('reservations_settled', `settled in ('sold', 'released')`)
@Check('reservations_version', `outcome <> 'RESERVED' or item_version = stock_version`)
export class ReservationEntity {
  @PrimaryColumn('text') tid!: string;
  @PrimaryColumn('integer') line!: number;
  @Column('integer') seller_id!: number;
  @Column('integer') product_id!: number;
  @Column('integer') quantity!: number;
  @Column('text') item_version!: string;
  @Column('text', { nullable: true }) stock_version!: string | null;
  @Column('text') outcome!: 'RESERVED' | 'UNAVAILABLE' | 'OUT_OF_STOCK';
  @Column('text', { nullable: true }) settled!: 'sold' | 'released' | null;
  @Column('timestamptz', { default: () => 'clock_timestamp()' }) at!: Date;
}
