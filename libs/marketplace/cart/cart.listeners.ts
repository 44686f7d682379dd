import { Injectable } from '@nestjs/common';
import { TransactionMark } from '#marketplace/benchmark';
import { PriceUpdated, ProductCreated, ProductUpdated } from '#marketplace/product';
import { type Heard, isOf, Listens } from '#platform/events';
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
      if (isOf(heard, PriceUpdated)) unit.publish(TransactionMark, markOf(heard.payload, 'ABORT'));
    },
  })
  async replicate(heard: Heard<Change>, unit: Unit): Promise<void> {
    if (isOf(heard, PriceUpdated)) {
      await this.replica.applyPrice(heard.payload, unit);
      unit.publish(TransactionMark, markOf(heard.payload, 'SUCCESS'));
    }
    if (isOf(heard, ProductCreated) || isOf(heard, ProductUpdated)) {
      await this.replica.applyProduct(heard.payload, unit);
    }
  }
}

function markOf(change: PriceUpdated, status: 'SUCCESS' | 'ABORT'): TransactionMark {
  return { tid: change.instanceId, type: 'PRICE_UPDATE', actorId: change.seller_id, status, source: 'cart' };
}
