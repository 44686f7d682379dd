import { Check, Column, Entity, PrimaryColumn, Unique } from 'typeorm';
import type { ChargeStatus } from '../payment.rules.js';

/** The effect ledger with the provider: a row per invoice, from intent to answer. */
@Entity({ schema: 'payment', name: 'charges' })
@Unique('charges_order', ['customer_id', 'order_id'])
@Check('charges_amount', 'amount >= 0')
@Check('charges_status', `status in ('succeeded', 'requires_payment_method', 'canceled')`)
@Check('charges_answered', '(answered_at is null) = (status is null)')
export class ChargeEntity {
  @PrimaryColumn('text') invoice_number!: string;
  @Column('integer') customer_id!: number;
  @Column('integer') order_id!: number;
  @Column('text') tid!: string;
  @Column('text') method_reference!: string;
  @Column('numeric', { precision: 12, scale: 2 }) amount!: string;
  @Column('timestamptz', { default: () => 'clock_timestamp()' }) intended_at!: Date;
  @Column('integer', { default: 0 }) calls!: number;
  @Column('timestamptz', { nullable: true }) called_at!: Date | null;
  @Column('timestamptz', { nullable: true }) answered_at!: Date | null;
  @Column('text', { nullable: true }) status!: ChargeStatus | null;
  @Column('text', { nullable: true }) provider_id!: string | null;
}
