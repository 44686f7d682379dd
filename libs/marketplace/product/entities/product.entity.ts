import { Check, Column, Entity, PrimaryColumn } from 'typeorm';

/** A product of a seller as it is now. */
@Entity({ schema: 'product', name: 'products' })
@Check('products_price_not_negative', 'price >= 0')
@Check('products_freight_not_negative', 'freight_value >= 0')
export class ProductEntity {
  @PrimaryColumn('integer')
  seller_id!: number;

  /** Unique only within its seller. */
  @PrimaryColumn('integer')
  product_id!: number;

  @Column('text')
  name!: string;

  @Column('text')
  sku!: string;

  @Column('text')
  category!: string;

  @Column('text')
  description!: string;

  @Column('numeric', { precision: 12, scale: 2 })
  price!: string;

  @Column('numeric', { precision: 12, scale: 2 })
  freight_value!: string;

  @Column('text', { default: 'approved' })
  status!: string;

  @Column('text')
  version!: string;

  @Column('boolean', { default: true })
  active!: boolean;

  @Column('timestamptz', { default: () => 'now()' })
  created_at!: Date;

  @Column('timestamptz', { default: () => 'now()' })
  updated_at!: Date;
}
