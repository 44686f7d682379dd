import { Column, Entity, JoinColumn, OneToOne, PrimaryColumn, type Relation } from 'typeorm';

@Entity({ schema: 'payment', name: 'order_payments' })
export class OrderPayment {
  @PrimaryColumn('integer') customer_id!: number;
  @PrimaryColumn('integer') order_id!: number;
  @PrimaryColumn('integer') sequential!: number;
  @Column('text') type!: string;
  @Column('integer') installments!: number;
  @Column('numeric', { precision: 12, scale: 2 }) value!: string;
  @Column('text', { nullable: true }) status!: string | null;
  @Column('timestamptz') created_at!: Date;
  @OneToOne(
    () => OrderPaymentCard,
    (card) => card.payment,
  )
  card!: Relation<OrderPaymentCard> | null;
}

@Entity({ schema: 'payment', name: 'order_payment_cards' })
export class OrderPaymentCard {
  @PrimaryColumn('integer') customer_id!: number;
  @PrimaryColumn('integer') order_id!: number;
  @PrimaryColumn('integer') sequential!: number;
  @Column('text') card_number!: string;
  @Column('text') card_holder_name!: string;
  @Column('text') card_expiration!: string;
  @Column('text') card_brand!: string;
  @OneToOne(
    () => OrderPayment,
    (payment) => payment.card,
  )
  @JoinColumn([
    { name: 'customer_id', referencedColumnName: 'customer_id' },
    { name: 'order_id', referencedColumnName: 'order_id' },
    { name: 'sequential', referencedColumnName: 'sequential' },
  ])
  payment!: Relation<OrderPayment>;
}

@Entity({ schema: 'payment', name: 'methods' })
export class PaymentMethod {
  @PrimaryColumn('text') reference!: string;
  @Column('text') tid!: string;
  @Column('integer') customer_id!: number;
  @Column('text') type!: string;
  @Column('text', { nullable: true }) card_number!: string | null;
  @Column('text', { nullable: true }) card_last4!: string | null;
  @Column('text', { nullable: true }) card_holder_name!: string | null;
  @Column('text', { nullable: true }) card_expiration!: string | null;
  @Column('text', { nullable: true }) card_brand!: string | null;
  @Column('integer') installments!: number;
}
