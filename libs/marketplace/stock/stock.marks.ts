import { TransactionMark } from '#marketplace/benchmark';
import type { ReserveStock } from '#marketplace/cart';
import type { ProductUpdated } from '#marketplace/product';
import type { Unit } from '#platform/work';

/** Tells drivers that a checkout ended in stock: nothing could be reserved, or reserving broke. */
export function endCheckout(unit: Unit, asked: ReserveStock, status: 'NOT_ACCEPTED' | 'ABORT'): void {
  const { instanceId: tid, customerCheckout } = asked;
  const actorId = customerCheckout.CustomerId;
  unit.publish(TransactionMark, { tid, type: 'CUSTOMER_SESSION', actorId, status, source: 'stock' });
}

/** Tells drivers how the replacement of a product ended: stock is the last to follow it. */
export function endUpdate(unit: Unit, product: ProductUpdated, status: 'SUCCESS' | 'ERROR' | 'ABORT'): void {
  const { instanceId: tid, seller_id: actorId } = product;
  unit.publish(TransactionMark, { tid, type: 'UPDATE_PRODUCT', actorId, status, source: 'stock' });
}
