import { Column, Entity, PrimaryColumn } from 'typeorm';

const Money = () => Column('numeric', { precision: 12, scale: 2 });

@Entity({ schema: 'cart', name: 'carts' })
export class Cart {
  @PrimaryColumn('integer') customer_id!: number;
  @Column('text') status!: string;
  @Column('timestamptz') updated_at!: Date;
}

@Entity({ schema: 'cart', name: 'cart_items' })
export class CartItem {
  @PrimaryColumn('integer') customer_id!: number;
  @PrimaryColumn('integer') seller_id!: number;
  @PrimaryColumn('integer') product_id!: number;
  @Column('text') product_name!: string;
  @Money() unit_price!: string;
  @Money() freight_value!: string;
  @Money() voucher!: string;
  @Column('integer') quantity!: number;
  @Column('text') version!: string;
}

@Entity({ schema: 'cart', name: 'cart_history' })
export class CartHistory {
  @PrimaryColumn('text') tid!: string;
  @PrimaryColumn('integer') line!: number;
  @Column('integer') customer_id!: number;
  @Column('integer') seller_id!: number;
  @Column('integer') product_id!: number;
  @Column('text') product_name!: string;
  @Money() unit_price!: string;
  @Money() freight_value!: string;
  @Money() voucher!: string;
  @Column('integer') quantity!: number;
  @Column('text') version!: string;
}
