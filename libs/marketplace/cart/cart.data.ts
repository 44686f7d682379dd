import { Injectable } from '@nestjs/common';
import type { ProductFact, ProductLine } from '#marketplace/product';
import { UnitOfWork } from '#platform/work';
import { price, type ReplicatedLine, unseenLines } from './cart.rules.js';
import { ADD_ITEM, FIND_CART, ITEM, KEEP_AND_EMPTY, REPLICATED_LINES, SEAL } from './cart.sql.js';
import {
  type Cart,
  CartApi,
  type CartItem,
  type CheckoutDetails,
  type Submission,
} from './contract/cart.api.js';
import { ReserveStock } from './contract/cart.events.js';
import { alreadySent, emptyCart, noCart } from './contract/cart.refusals.js';

/** A row of REPLICATED_LINES; the line's columns are null for an empty cart. */
type CartRow = CartItem & Omit<ReplicatedLine, 'item'> & { status: Cart['status']; submitted: number };

/** Carts, and what was submitted from them. */
@Injectable()
export class CartData implements CartApi {
  constructor(private readonly work: UnitOfWork) {}

  /**
   * Puts an item in the cart, or replaces it there.
   *
   * @throws Refusal alreadySent
   */
  async add(customerId: number, item: CartItem): Promise<void> {
    const taken = await this.work.run((unit) =>
      unit.query(ADD_ITEM, [
        customerId,
        item.SellerId,
        item.ProductId,
        item.ProductName,
        item.UnitPrice,
        item.FreightValue,
        item.Quantity,
        item.Voucher,
        item.Version,
      ]),
    );
    if (taken.length === 0) throw alreadySent({ customerId });
  }

  async find(customerId: number): Promise<Cart> {
    const [row] = await this.work.read((unit) =>
      unit.query<
        Omit<Cart, 'items' | 'createdAt' | 'updatedAt'> & {
          items: CartItem[] | null;
          createdAt: Date;
          updatedAt: Date;
        }
      >(FIND_CART, [customerId]),
    );
    if (!row) throw noCart({ customerId });
    return {
      ...row,
      createdAt: row.createdAt.toISOString(),
      updatedAt: row.updatedAt.toISOString(),
      items: row.items ?? [],
    };
  }

  async unseen(customerId: number): Promise<ProductLine[]> {
    const rows = await this.work.ask<CartRow>(REPLICATED_LINES, [customerId, null]);
    return unseenLines(linesToSubmit(customerId, rows));
  }

  submit(details: CheckoutDetails, facts: readonly ProductFact[]): Promise<Submission> {
    const { CustomerId: customerId, instanceId: tid } = details;
    return this.work.run(async (unit) => {
      // The lines are read after the lock is held, in a snapshot that sees what a submission before this one did.
      await unit.query('select from cart.carts where customer_id = $1 for update', [customerId]);
      const rows = await unit.query<CartRow>(REPLICATED_LINES, [customerId, tid]);
      if (rows[0] && rows[0].submitted > 0) return { sent: true, items: rows[0].submitted };
      const pricing = price(linesToSubmit(customerId, rows), facts);
      if ('unseen' in pricing) return { sent: false, unseen: pricing.unseen };
      await unit.query(KEEP_AND_EMPTY, [tid, customerId, JSON.stringify(pricing.priced)]);
      unit.publish(ReserveStock, {
        timestamp: new Date().toISOString(),
        customerCheckout: details,
        items: pricing.priced,
        instanceId: tid,
      });
      return { sent: true, items: pricing.priced.length };
    });
  }

  async seal(customerId: number): Promise<void> {
    const sealed = await this.work.run((unit) => unit.query(SEAL, [customerId]));
    if (sealed.length === 0) throw noCart({ customerId });
  }

  history(customerId: number, tid: string): Promise<CartItem[]> {
    return this.work.read((unit) =>
      unit.query<CartItem>(
        `select ${ITEM} from cart.cart_history where tid = $1 and customer_id = $2 order by line`,
        [tid, customerId],
      ),
    );
  }

  async reset(): Promise<void> {
    await this.work.run(async (unit) => {
      await unit.query('delete from cart.cart_items');
      await unit.query('delete from cart.carts');
      await unit.query('delete from cart.cart_history');
      await unit.query('delete from cart.retired_versions');
      // Forgotten, not zeroed: product numbers its reset, and the next change of a seller is then the first one heard.
      await unit.query('delete from cart.replica_sellers');
      await unit.query(`update cart.replica_products set version = '0', active = true, updated_at = now()`);
    });
  }

  async cleanup(): Promise<void> {
    await this.work.run(async (unit) => {
      await this.reset(); // joins this unit
      await unit.query('delete from cart.replica_products');
    });
  }
}

function linesToSubmit(customerId: number, rows: readonly CartRow[]): ReplicatedLine[] {
  const first = rows[0];
  if (!first) throw noCart({ customerId });
  if (first.status === 'CHECKOUT_SENT') throw alreadySent({ customerId });
  if (first.SellerId === null) throw emptyCart({ customerId });
  return rows.map(({ status: _, submitted: __, replicaSequence, replicaVersion, replicaPrice, ...item }) => ({
    item,
    replicaSequence,
    replicaVersion,
    replicaPrice,
  }));
}
