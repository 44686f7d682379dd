import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The last price of a version that was replaced. */
@Entity({ schema: 'cart', name: 'retired_versions' })
export class RetiredVersionEntity {
  @PrimaryColumn('integer')
  seller_id!: number;

  @PrimaryColumn('integer')
  product_id!: number;

  @PrimaryColumn('text')
  version!: string;

  @Column('numeric', { precision: 12, scale: 2 })
  price!: string;
}
