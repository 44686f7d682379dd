import { Check, Column, Entity, PrimaryColumn } from 'typeorm';
import type { PaymentLine } from '../contract/index.js';

/** A row per line of a payment. */
@Entity({ schema: 'payment', name: 'order_payments' })
@Check('order_payments_type', `type in ('CREDIT_CARD', 'DEBIT_CARD', 'BOLETO', 'VOUCHER')`)
@Check('order_payments_value', 'value >= 0')
@Check('order_payments_status', `status in ('succeeded', 'requires_payment_method', 'canceled')`)
export class OrderPaymentEntity {
  @PrimaryColumn('integer') customer_id!: number;
  @PrimaryColumn('integer') order_id!: number;
  @PrimaryColumn('integer') sequential!: number;
  @Column('text') type!: PaymentLine['type'];
  @Column('integer') installments!: number;
  @Column('numeric', { precision: 12, scale: 2 }) value!: string;
  @Column('text', { nullable: true }) status!: PaymentLine['status'];
  @Column('timestamptz', { default: () => 'now()' }) created_at!: Date;
}
