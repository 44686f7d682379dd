import { TransactionMark } from '#marketplace/benchmark';
import type { StockConfirmed } from '#marketplace/stock';
import type { Unit } from '#platform/work';
import { OrderAbandoned } from './contract/index.js';

/**
 * Tells that no order will come of a reservation: stock lets go of the pieces, drivers hear that the checkout
 * ended here.
 *
 * @param status NOT_ACCEPTED: order said no; ABORT: making the order broke
 */
export function abandon(unit: Unit, confirmed: StockConfirmed, status: 'NOT_ACCEPTED' | 'ABORT'): void {
  const { customerCheckout, instanceId } = confirmed;
  const customerId = customerCheckout.CustomerId;
  unit.publish(OrderAbandoned, { customerId, instanceId });
  unit.publish(TransactionMark, {
    tid: instanceId,
    type: 'CUSTOMER_SESSION',
    actorId: customerId,
    status,
    source: 'order',
  });
}
