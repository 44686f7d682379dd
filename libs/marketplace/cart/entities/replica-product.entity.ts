import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A product as the replica's cut through its seller's history has it. */
@Entity({ schema: 'cart', name: 'replica_products' })
export class ReplicaProductEntity {
  @PrimaryColumn('integer')
  seller_id!: number;

  @PrimaryColumn('integer')
  product_id!: number;

  @Column('text')
  name!: string;

  @Column('numeric', { precision: 12, scale: 2 })
  price!: string;

  @Column('text')
  version!: string;

  @Column('boolean')
  active!: boolean;

  @Column('timestamptz', { default: () => 'now()' })
  created_at!: Date;

  @Column('timestamptz', { default: () => 'now()' })
  updated_at!: Date;
}
