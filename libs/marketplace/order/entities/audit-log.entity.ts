import { Check, Column, Entity, PrimaryColumn } from 'typeorm';

/** A row per order that has come to an end. */
@Entity({ schema: 'order', name: 'audit_log' })
@Check('audit_log_status', `status in ('DELIVERED', 'PAYMENT_FAILED')`)
export class AuditLogEntity {
  @PrimaryColumn('integer') customer_id!: number;
  @PrimaryColumn('integer') order_id!: number;
  @Column('text') status!: 'DELIVERED' | 'PAYMENT_FAILED';
  @Column('timestamptz', { default: () => 'clock_timestamp()' }) at!: Date;
}
