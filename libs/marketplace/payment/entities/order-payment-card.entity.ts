import { Check, Column, Entity, JoinColumn, OneToOne, PrimaryColumn, type Relation } from 'typeorm';
import { OrderPaymentEntity } from './order-payment.entity.js';

const constraint = 'order_payment_cards_payment';

/** The card of a payment line, its number masked. */
@Entity({ schema: 'payment', name: 'order_payment_cards' })
@Check('order_payment_cards_masked', `card_number !~ '[0-9]{5}'`)
export class OrderPaymentCardEntity {
  @PrimaryColumn('integer') customer_id!: number;
  @PrimaryColumn('integer') order_id!: number;
  @PrimaryColumn('integer') sequential!: number;
  @Column('text') card_number!: string;
  @Column('text') card_holder_name!: string;
  @Column('text') card_expiration!: string;
  @Column('text') card_brand!: string;

  /** Only so that the foreign key is known here; never loaded. */
  @OneToOne(() => OrderPaymentEntity, { onDelete: 'CASCADE' })
  @JoinColumn([
    { name: 'customer_id', referencedColumnName: 'customer_id', foreignKeyConstraintName: constraint },
    { name: 'order_id', referencedColumnName: 'order_id', foreignKeyConstraintName: constraint },
    { name: 'sequential', referencedColumnName: 'sequential', foreignKeyConstraintName: constraint },
  ])
  payment?: Relation<OrderPaymentEntity>;
}
