import { Check, Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import type { MarkStatus, TransactionType } from '../contract/benchmark.events.js';

/** One row of benchmark.transaction_marks: the end of one transaction. */
@Entity({ schema: 'benchmark', name: 'transaction_marks' })
@Check('transaction_marks_type_check', "type in ('CUSTOMER_SESSION', 'PRICE_UPDATE', 'UPDATE_PRODUCT')")
@Check('transaction_marks_status_check', "status in ('SUCCESS', 'ERROR', 'ABORT', 'NOT_ACCEPTED')")
export class TransactionMarkRow {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS' })
  id!: string;

  @Column('text')
  tid!: string;

  @Column('text')
  type!: TransactionType;

  @Column('integer')
  actor_id!: number;

  @Column('text')
  status!: MarkStatus;

  @Column('text')
  source!: string;

  @Column('timestamptz', { default: () => 'clock_timestamp()' })
  at!: Date;
}
