import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { DataSource, Repository } from 'typeorm';
import type { Fact, Line } from '../product/product.module.js';
import { Cart, CartHistory, CartItem } from './cart.entities.js';

/** The lines of a cart, or why there are none to check out. */
export type Lines = { lines: Line[] } | { refused: 'no-cart' | 'empty' | 'already-sent' };

@Injectable()
export class CartService {
  constructor(
    private readonly source: DataSource,
    @InjectRepository(Cart) private readonly carts: Repository<Cart>,
    @InjectRepository(CartItem) private readonly items: Repository<CartItem>,
  ) {}

  /** What is to be checked out. */
  async lines(customerId: number): Promise<Lines> {
    const cart = await this.carts.findOneBy({ customer_id: customerId });
    if (!cart) return { refused: 'no-cart' };
    if (cart.status === 'CHECKOUT_SENT') return { refused: 'already-sent' };
    const items = await this.items.find({ where: { customer_id: customerId }, order: BY_KEY });
    if (items.length === 0) return { refused: 'empty' };
    return { lines: items.map((item) => ({ sellerId: item.seller_id, productId: item.product_id })) };
  }

  /** Reprices the cart, keeps what was submitted, and empties it, in one transaction. */
  submit(customerId: number, tid: string, facts: Fact[]): Promise<Lines> {
    const prices = new Map(
      facts.map((fact) => [`${fact.sellerId} ${fact.productId} ${fact.version}`, fact.price]),
    );
    return this.source.transaction(async (manager) => {
      const which = { customer_id: customerId };
      const cart = await manager.findOne(Cart, { where: which, lock: { mode: 'pessimistic_write' } });
      if (!cart) return { refused: 'no-cart' };
      if (cart.status === 'CHECKOUT_SENT') return { refused: 'already-sent' };
      const items = await manager.find(CartItem, { where: which, order: BY_KEY });
      if (items.length === 0) return { refused: 'empty' };
      const priced = items.map((item) => {
        const price = prices.get(`${item.seller_id} ${item.product_id} ${item.version}`);
        return price === undefined ? item : reprice(item, price);
      });
      await manager.insert(
        CartHistory,
        priced.map((item, at) => ({ ...item, tid, line: at + 1 })),
      );
      await manager.delete(CartItem, which);
      await manager.update(Cart, which, { status: 'OPEN', updated_at: new Date() });
      return { lines: priced.map((item) => ({ sellerId: item.seller_id, productId: item.product_id })) };
    });
  }
}

const BY_KEY = { seller_id: 'ASC', product_id: 'ASC' } as const;

/** A rise is compensated by the voucher. */
function reprice(item: CartItem, price: number): CartItem {
  const rise = Math.max(0, price - Number(item.unit_price));
  return { ...item, unit_price: price.toFixed(2), voucher: (Number(item.voucher) + rise).toFixed(2) };
}
