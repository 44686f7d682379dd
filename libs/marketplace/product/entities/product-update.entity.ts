import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** One real change of a product, under its seller's number. */
@Entity({ schema: 'product', name: 'product_updates' })
@Index('product_updates_of_version', ['seller_id', 'product_id', 'version', 'sequence'])
@Check('product_updates_kind_known', `kind in ('created', 'price', 'replaced')`)
export class ProductUpdateEntity {
  @PrimaryColumn('integer')
  seller_id!: number;

  @PrimaryColumn('bigint')
  sequence!: string;

  @Column('integer')
  product_id!: number;

  @Column('text')
  kind!: 'created' | 'price' | 'replaced';

  @Column('text')
  version!: string;

  @Column('numeric', { precision: 12, scale: 2 })
  price!: string;

  @Column('text')
  tid!: string;

  @Column('timestamptz', { default: () => 'now()' })
  at!: Date;
}
