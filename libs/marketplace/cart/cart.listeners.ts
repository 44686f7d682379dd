import { Injectable } from '@nestjs/common';
import { TransactionMark } from '#marketplace/benchmark';
import { PriceUpdated, ProductCreated, ProductUpdated } from '#marketplace/product';
import { type Heard, Listens } from '#platform/events';
import type { Unit } from '#platform/work';
import { ReplicaData } from './replica.data.js';

type Change = PriceUpdated | ProductUpdated;

/** Keeps the replica: one listener for all three events, since their order within a seller is what counts. */
@Injectable()
export class CartListeners {
  constructor(private readonly replica: ReplicaData) {}

  @Listens({
    name: 'cart.replicate',
    to: [ProductCreated, ProductUpdated, PriceUpdated],
    ordered: true,
    whenDead: (heard, unit) => {
      if (heard.type === PriceUpdated.type)
        unit.publish(TransactionMark, markOf(heard.payload as PriceUpdated, 'ABORT'));
    },
  })
  async replicate(heard: Heard<Change>, unit: Unit): Promise<void> {
    if (heard.type !== PriceUpdated.type) {
      await this.replica.applyProduct(heard.payload as ProductUpdated, unit);
      return;
    }
    const change = heard.payload as PriceUpdated;
    await this.replica.applyPrice(change, unit);
    unit.publish(TransactionMark, markOf(change, 'SUCCESS'));
  }
}

function markOf(change: PriceUpdated, status: 'SUCCESS' | 'ABORT'): TransactionMark {
  return { tid: change.instanceId, type: 'PRICE_UPDATE', actorId: change.seller_id, status, source: 'cart' };
}
