import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { TransactionMark } from '#marketplace/benchmark';
import { type Unit, UnitOfWork } from '#platform/work';
import { type Product, ProductApi, type ProductFact, type ProductLine } from './contract/product.api.js';
import { PriceUpdated, ProductCreated, ProductUpdated } from './contract/product.events.js';
import { noSuchProduct } from './contract/product.refusals.js';
import type { PriceUpdate } from './price-update.js';
import { FACTS, PUT_PRODUCT, RENUMBER, SET_PRICE } from './product.sql.js';

const SELECT_PRODUCT = `
  select seller_id, product_id, name, sku, category, description, price::float8, freight_value::float8, status, version, active
  from product.products`;

/** Product's tables: what sellers offer, and the numbered history of every change. */
@Injectable()
export class ProductData implements ProductApi {
  constructor(private readonly work: UnitOfWork) {}

  /** @throws Refusal noSuchProduct */
  async find(sellerId: number, productId: number): Promise<Product> {
    const [product] = await this.work.read((unit) =>
      unit.query<Product>(`${SELECT_PRODUCT} where seller_id = $1 and product_id = $2`, [
        sellerId,
        productId,
      ]),
    );
    if (!product) throw noSuchProduct({ sellerId, productId });
    return product;
  }

  /** Everything a seller offers or offered, by product id. */
  list(sellerId: number): Promise<Product[]> {
    return this.work.read((unit) =>
      unit.query<Product>(`${SELECT_PRODUCT} where seller_id = $1 order by product_id`, [sellerId]),
    );
  }

  async current(lines: readonly ProductLine[]): Promise<ProductFact[]> {
    if (lines.length === 0) return [];
    return this.work.ask<ProductFact>(FACTS, [
      lines.map((line) => line.sellerId),
      lines.map((line) => line.productId),
      lines.map((line) => line.version),
      lines.map((line) => line.price),
    ]);
  }

  /** Offers a product, or replaces it when the seller offers it already; the same product again changes nothing. */
  async offer(product: Product): Promise<void> {
    await this.work.run((unit) => put(unit, product, { mayBeNew: true }));
  }

  /**
   * Replaces a product, usually under a new version, which is the id of the transaction.
   *
   * @throws Refusal noSuchProduct, after an ERROR mark
   */
  async replace(product: Product): Promise<void> {
    const known = await this.work.run(async (unit) => {
      const done = await put(unit, product, { mayBeNew: false });
      if (!done) unit.publish(TransactionMark, failed('UPDATE_PRODUCT', product.version, product.seller_id));
      return done;
    });
    if (!known) throw noSuchProduct({ sellerId: product.seller_id, productId: product.product_id });
  }

  /**
   * Sets a price, if the seller's version is the current one. Told as PriceUpdated either way (J18).
   *
   * @throws Refusal noSuchProduct, after an ERROR mark
   */
  async setPrice(update: PriceUpdate): Promise<void> {
    const { sellerId, productId, price, version, instanceId } = update;
    const known = await this.work.run(async (unit) => {
      const [row] = await unit.query<{ applied: boolean; sequence: number }>(SET_PRICE, [
        sellerId,
        productId,
        price,
        version,
        instanceId,
      ]);
      if (row)
        unit.publish(PriceUpdated, {
          seller_id: sellerId,
          product_id: productId,
          price,
          version,
          instanceId,
          ...row,
        });
      else unit.publish(TransactionMark, failed('PRICE_UPDATE', instanceId, sellerId));
      return row !== undefined;
    });
    if (!known) throw noSuchProduct({ sellerId, productId });
  }

  /**
   * Takes a product off the market (J25): inactive, under a new version, so that no cart can reserve it. Again: no change.
   *
   * @throws Refusal noSuchProduct
   */
  async withdraw(sellerId: number, productId: number): Promise<void> {
    await this.work.run(async (unit) => {
      const [product] = await unit.query<Product>(
        `${SELECT_PRODUCT} where seller_id = $1 and product_id = $2 for update`,
        [sellerId, productId],
      );
      if (!product) throw noSuchProduct({ sellerId, productId });
      if (product.active)
        await put(unit, { ...product, active: false, version: randomUUID() }, { mayBeNew: false });
    });
  }

  async reset(): Promise<void> {
    await this.work.run(async (unit) => {
      await unit.query('delete from product.product_updates');
      await unit.query(`update product.products set version = '0', active = true, updated_at = now()`);
      await unit.query(RENUMBER);
    });
  }

  async cleanup(): Promise<void> {
    await this.work.run(async (unit) => {
      await unit.query('delete from product.product_updates');
      await unit.query('delete from product.seller_sequences');
      await unit.query('delete from product.products');
    });
  }
}

/** Writes a product and tells of it if it changed. False when it does not exist and may not be new. */
async function put(unit: Unit, product: Product, { mayBeNew }: { mayBeNew: boolean }): Promise<boolean> {
  const [row] = await unit.query<{ known: boolean; sequence: number | null; created: boolean | null }>(
    PUT_PRODUCT,
    [
      product.seller_id,
      product.product_id,
      product.name,
      product.sku,
      product.category,
      product.description,
      product.price,
      product.freight_value,
      product.status,
      product.version,
      product.active,
      mayBeNew,
    ],
  );
  if (row?.sequence) {
    const type = row.created ? ProductCreated : ProductUpdated;
    unit.publish(type, { ...product, sequence: row.sequence, instanceId: product.version });
  }
  return Boolean(row?.known || row?.created);
}

function failed(type: 'PRICE_UPDATE' | 'UPDATE_PRODUCT', tid: string, sellerId: number): TransactionMark {
  return { tid, type, actorId: sellerId, status: 'ERROR', source: 'product' };
}
