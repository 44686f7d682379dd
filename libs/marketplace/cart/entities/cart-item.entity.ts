import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** One line of an open cart. */
@Entity({ schema: 'cart', name: 'cart_items' })
@Index('cart_items_of_product', ['seller_id', 'product_id'])
@Check('cart_items_price_not_negative', 'unit_price >= 0')
@Check('cart_items_freight_not_negative', 'freight_value >= 0')
@Check('cart_items_voucher_not_negative', 'voucher >= 0')
@Check('cart_items_quantity_positive', 'quantity > 0')
export class CartItemEntity {
  @PrimaryColumn('integer')
  customer_id!: number;

  @PrimaryColumn('integer')
  seller_id!: number;

  @PrimaryColumn('integer')
  product_id!: number;

  @Column('text')
  product_name!: string;

  @Column('numeric', { precision: 12, scale: 2 })
  unit_price!: string;

  @Column('numeric', { precision: 12, scale: 2 })
  freight_value!: string;

  @Column('numeric', { precision: 12, scale: 2 })
  voucher!: string;

  @Column('integer')
  quantity!: number;

  @Column('text')
  version!: string;
}
