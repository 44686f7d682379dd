import { Injectable } from '@nestjs/common';
import type { PriceUpdated, ProductUpdated } from '#marketplace/product';
import { Fault } from '#platform/seam';
import type { Unit } from '#platform/work';
import { APPLY_PRICE, APPLY_PRODUCT } from './replica.sql.js';

/**
 * The replica of what sellers offer, applied strictly in each seller's order, so that at any moment it is one cut through
 * the seller's history. Applying a change twice changes nothing.
 */
@Injectable()
export class ReplicaData {
  /** @throws Fault when an earlier change of the seller is missing: this one waits for it */
  async applyPrice(change: PriceUpdated, unit: Unit): Promise<void> {
    if (!change.applied) return; // the seller's version was out of date: nothing changed
    const { seller_id, sequence, product_id, price, version } = change;
    const applied = await unit.query(APPLY_PRICE, [seller_id, sequence, product_id, price, version]);
    if (applied.length === 0) await refuseGap(seller_id, sequence, unit);
  }

  /** @throws Fault when an earlier change of the seller is missing: this one waits for it */
  async applyProduct(change: ProductUpdated, unit: Unit): Promise<void> {
    const { seller_id, sequence, product_id, name, price, version, active } = change;
    const applied = await unit.query(APPLY_PRODUCT, [
      seller_id,
      sequence,
      product_id,
      name,
      price,
      version,
      active,
    ]);
    if (applied.length === 0) await refuseGap(seller_id, sequence, unit);
  }
}

/** Nothing was applied: either the change is known already, which is fine, or one before it is missing. */
async function refuseGap(sellerId: number, sequence: number, unit: Unit): Promise<void> {
  const [seller] = await unit.query<{ last: number }>(
    'select last_sequence::float8 as last from cart.replica_sellers where seller_id = $1',
    [sellerId],
  );
  if (seller && seller.last >= sequence) return;
  throw new Fault(
    `Change ${sequence} of seller ${sellerId} came while the replica stands at ${seller?.last ?? 0}: ` +
      `it waits for the changes between. If one of them is dead, replay it.`,
    { acted: 'no' },
  );
}
