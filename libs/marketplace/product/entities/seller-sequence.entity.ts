import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The number that a seller gave last to a change. */
@Entity({ schema: 'product', name: 'seller_sequences' })
export class SellerSequenceEntity {
  @PrimaryColumn('integer')
  seller_id!: number;

  @Column('bigint')
  last_sequence!: string;
}
