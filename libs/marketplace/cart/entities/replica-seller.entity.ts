import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Which cut through a seller's history the replica holds. */
@Entity({ schema: 'cart', name: 'replica_sellers' })
export class ReplicaSellerEntity {
  @PrimaryColumn('integer')
  seller_id!: number;

  @Column('bigint')
  last_sequence!: string;
}
