import { Check, Column, Entity, PrimaryColumn } from 'typeorm';

/** A row per product of a seller. */
@Entity({ schema: 'stock', name: 'stock_items' })
@Check('stock_items_not_oversold', 'qty_reserved >= 0 and qty_reserved <= qty_available')
export class StockItemEntity {
  @PrimaryColumn('integer') seller_id!: number;
  @PrimaryColumn('integer') product_id!: number;
  @Column('integer') qty_available!: number;
  @Column('integer', { default: 0 }) qty_reserved!: number;
  @Column('integer', { default: 0 }) order_count!: number;
  @Column('integer', { default: 0 }) ytd!: number;
  @Column('text', { default: '' }) data!: string;
  @Column('text') version!: string;
  @Column('boolean', { default: true }) active!: boolean;
  @Column('timestamptz', { default: () => 'now()' }) created_at!: Date;
  @Column('timestamptz', { default: () => 'now()' }) updated_at!: Date;
}
