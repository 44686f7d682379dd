import { Check, Column, Entity, Index, PrimaryColumn, Unique } from 'typeorm';
import type { PaymentType } from '../contract/index.js';

/** A way to pay, kept until it is charged. */
@Entity({ schema: 'payment', name: 'methods' })
@Unique('methods_tid', ['tid'])
@Index('methods_unspent', ['kept_at'], { where: 'card_number is not null' })
@Check('methods_type', `type in ('CREDIT_CARD', 'DEBIT_CARD', 'BOLETO')`)
@Check('methods_installments', 'installments >= 1')
export class MethodEntity {
  @PrimaryColumn('text') reference!: string;
  @Column('text') tid!: string;
  @Column('integer') customer_id!: number;
  @Column('text') type!: PaymentType;
  @Column('text', { nullable: true }) card_number!: string | null;
  @Column('text', { nullable: true }) card_last4!: string | null;
  @Column('text', { nullable: true }) card_holder_name!: string | null;
  @Column('text', { nullable: true }) card_expiration!: string | null;
  @Column('text', { nullable: true }) card_brand!: string | null;
  @Column('integer') installments!: number;
  @Column('timestamptz', { default: () => 'now()' }) kept_at!: Date;
}
