import { Column, Entity, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';

const Money = () => Column('numeric', { precision: 12, scale: 2 });

@Entity({ schema: 'order', name: 'orders' })
export class Order {
  @PrimaryColumn('integer') customer_id!: number;
  @PrimaryColumn('integer') order_id!: number;
  @Column('text') invoice_number!: string;
  @Column('text') tid!: string;
  @Column('text') status!: string;
  @Column('timestamptz') purchase_date!: Date;
  @Column('timestamptz', { nullable: true }) payment_date!: Date | null;
  @Column('timestamptz', { nullable: true }) delivered_carrier_date!: Date | null;
  @Column('timestamptz', { nullable: true }) delivered_customer_date!: Date | null;
  @Column('timestamptz', { nullable: true }) estimated_delivery_date!: Date | null;
  @Column('integer') count_items!: number;
  @Money() total_items!: string;
  @Money() total_incentive!: string;
  @Money() total_amount!: string;
  @Money() total_freight!: string;
  @Money() total_invoice!: string;
}

@Entity({ schema: 'order', name: 'order_items' })
export class OrderItem {
  @PrimaryColumn('integer') customer_id!: number;
  @PrimaryColumn('integer') order_id!: number;
  @PrimaryColumn('integer') order_item_id!: number;
  @Column('integer') seller_id!: number;
  @Column('integer') product_id!: number;
  @Column('text') product_name!: string;
  @Money() unit_price!: string;
  @Money() freight_value!: string;
  @Column('integer') quantity!: number;
  @Money() total_items!: string;
  @Money() total_amount!: string;
  @Column('timestamptz') shipping_limit_date!: Date;
}

@Entity({ schema: 'order', name: 'order_history' })
export class OrderHistory {
  @PrimaryGeneratedColumn('identity', { type: 'bigint' }) id!: string;
  @Column('integer') customer_id!: number;
  @Column('integer') order_id!: number;
  @Column('text') status!: string;
  @Column('timestamptz') created_at!: Date;
}
