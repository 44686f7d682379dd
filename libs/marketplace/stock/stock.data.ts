import { Inject, Injectable } from '@nestjs/common';
import type { CartItem, ReserveStock } from '#marketplace/cart';
import type { ProductUpdated } from '#marketplace/product';
import { SETTINGS, type Settings } from '#platform/config';
import { Bug } from '#platform/seam';
import { type Unit, UnitOfWork } from '#platform/work';
import {
  lessThanReserved,
  noSuchStock,
  ReserveStockFailed,
  type StockApi,
  StockConfirmed,
  type StockItem,
} from './contract/index.js';
import { endCheckout, endUpdate } from './stock.marks.js';
import { type Decision, decide, type Settlement, type Shelf, settle } from './stock.rules.js';
import * as sql from './stock.sql.js';

/** Pieces per product after a reset. */
const DEFAULT_INVENTORY = 10_000;

/** Keeps the stock: all that reads or writes its tables. */
@Injectable()
export class StockData implements StockApi {
  constructor(
    private readonly work: UnitOfWork,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  async find(sellerId: number, productId: number): Promise<StockItem> {
    const [item] = await this.work.ask<StockItem>(sql.findItem, [sellerId, productId]);
    if (!item) throw noSuchStock({ sellerId, productId });
    return item;
  }

  list(sellerId: number): Promise<StockItem[]> {
    return this.work.ask<StockItem>(sql.listItems, [sellerId]);
  }

  /**
   * Creates the stock of a product, or replaces what is known of it. Pieces that are reserved stay reserved.
   *
   * @throws Refusal `stock.less-than-reserved` when fewer pieces would be left than are promised to customers
   */
  async put(item: StockItem): Promise<StockItem> {
    const [kept] = await this.work.run((unit) =>
      unit.query<StockItem>(sql.putItem, [
        item.seller_id,
        item.product_id,
        item.qty_available,
        item.qty_reserved,
        item.order_count,
        item.ytd,
        item.data,
        item.version,
        item.active,
      ]),
    );
    if (!kept) throw lessThanReserved({ sellerId: item.seller_id, productId: item.product_id });
    return kept;
  }

  /**
   * Puts more pieces on the shelf.
   *
   * @throws Refusal `stock.unknown-item`
   */
  async increase(sellerId: number, productId: number, quantity: number): Promise<StockItem> {
    const [item] = await this.work.run((unit) =>
      unit.query<StockItem>(sql.increaseItem, [sellerId, productId, quantity]),
    );
    if (!item) throw noSuchStock({ sellerId, productId });
    return item;
  }

  /**
   * Reserves what can be reserved of a cart and says so. Once per checkout: asked again, it does nothing.
   *
   * Three round trips, whatever the number of lines: what stands on the shelf; reservations and ledger; the
   * events.
   */
  reserve(asked: ReserveStock): Promise<void> {
    return this.work.run(async (unit) => {
      const sellers = asked.items.map((item) => item.SellerId);
      const products = asked.items.map((item) => item.ProductId);
      const [, known, shelf] = await Promise.all([
        unit.query(sql.lockShelf),
        unit.query(sql.knowsCheckout, [asked.instanceId]),
        unit.query<Shelf>(sql.lockItems, [sellers, products]),
      ]);
      if (known.length > 0) return;
      const decisions = decide(asked.items, shelf);
      await this.keep(unit, asked.instanceId, decisions);
      this.tell(unit, asked, decisions);
    });
  }

  private async keep(unit: Unit, tid: string, decisions: readonly Decision[]): Promise<void> {
    await unit.query(sql.reserveLines, [
      tid,
      decisions.map((d) => d.line),
      decisions.map((d) => d.item.SellerId),
      decisions.map((d) => d.item.ProductId),
      decisions.map((d) => d.item.Quantity),
      decisions.map((d) => d.item.Version),
      decisions.map((d) => d.stockVersion),
      decisions.map((d) => d.outcome),
    ]);
  }

  private tell(unit: Unit, asked: ReserveStock, decisions: readonly Decision[]): void {
    const { timestamp, customerCheckout, instanceId } = asked;
    const reserved = decisions.filter((d) => d.outcome === 'RESERVED').map((d) => d.item);
    const refused = decisions.filter((d) => d.outcome !== 'RESERVED');
    if (reserved.length > 0) {
      unit.publish(StockConfirmed, { timestamp, customerCheckout, items: reserved, instanceId });
    } else {
      endCheckout(unit, asked, 'NOT_ACCEPTED');
    }
    if (refused.length > 0 && this.settings.RAISE_STOCK_FAILED) {
      const products = refused.map((d) => unreservable(d.item, d));
      unit.publish(ReserveStockFailed, { timestamp, customerCheckout, products, instanceId });
    }
  }

  /**
   * Ends the reservations of a checkout: sold pieces leave the shelf, released ones are free again. Once per
   * checkout, however often it is told.
   *
   * @param tid the checkout
   * @throws Bug if nothing was ever reserved for it, or it was settled the other way
   */
  settle(tid: string, as: Settlement): Promise<void> {
    return this.work.run(async (unit) => {
      const [, held] = await Promise.all([
        unit.query(sql.lockShelf),
        unit.query<{ settled: Settlement | null }>(sql.settlementOf, [tid]),
      ]);
      const [first] = held;
      if (!first) throw new Bug(`Nothing was reserved for checkout ${tid}, so nothing can be ${as}.`);
      const next = settle(first.settled, as);
      if (next === 'contradiction') {
        throw new Bug(`The pieces of checkout ${tid} were ${first.settled}: they can't be ${as} as well.`);
      }
      if (next === 'settle') await unit.query(as === 'sold' ? sql.sellLines : sql.releaseLines, [tid]);
    });
  }

  /**
   * Follows a replaced product: from now on only its new version can be reserved. Ends the seller's
   * transaction.
   */
  followProduct(product: ProductUpdated): Promise<void> {
    return this.work.run(async (unit) => {
      const { seller_id, product_id, version, active } = product;
      const [, followed] = await Promise.all([
        unit.query(sql.lockShelf),
        unit.query(sql.followProduct, [seller_id, product_id, version, active]),
      ]);
      endUpdate(unit, product, followed.length > 0 ? 'SUCCESS' : 'ERROR');
    });
  }

  reset(): Promise<void> {
    return this.work.run(async (unit) => {
      await unit.query(sql.lockShelf);
      await unit.query('delete from stock.reservations');
      await unit.query(sql.resetItems, [DEFAULT_INVENTORY]);
    });
  }

  cleanup(): Promise<void> {
    return this.work.run(async (unit) => {
      await unit.query(sql.lockShelf);
      await unit.query('delete from stock.reservations');
      await unit.query('delete from stock.stock_items');
    });
  }
}

function unreservable(item: CartItem, decision: Decision): ReserveStockFailed['products'][number] {
  const { outcome, free } = decision;
  return {
    Id: item.ProductId,
    SellerId: item.SellerId,
    Status: outcome === 'OUT_OF_STOCK' ? 'OUT_OF_STOCK' : 'UNAVAILABLE',
    UnitPrice: item.UnitPrice,
    OldUnitPrice: item.UnitPrice,
    QtyAvailable: outcome === 'OUT_OF_STOCK' ? Math.max(0, free) : 0,
  };
}
