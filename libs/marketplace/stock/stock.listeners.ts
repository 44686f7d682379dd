import { Injectable } from '@nestjs/common';
import { ReserveStock } from '#marketplace/cart';
import { OrderAbandoned } from '#marketplace/order';
import { PaymentConfirmed, PaymentFailed } from '#marketplace/payment';
import { ProductUpdated } from '#marketplace/product';
import { type Heard, Listens } from '#platform/events';
import type { Unit } from '#platform/work';
import { StockData } from './stock.data.js';
import { endCheckout, endUpdate } from './stock.marks.js';

const abortCheckout = (heard: Heard<ReserveStock>, unit: Unit) => endCheckout(unit, heard.payload, 'ABORT');
const abortUpdate = (heard: Heard<ProductUpdated>, unit: Unit) => endUpdate(unit, heard.payload, 'ABORT');

/**
 * What stock does when it hears of something. All are serial: units of work that change the shelf take turns anyway
 * (`lockShelf`), so more of them at a time would only wait on connections.
 */
@Injectable()
export class StockListeners {
  constructor(private readonly stock: StockData) {}

  @Listens({ name: 'stock.reserve', to: ReserveStock, ordered: true, serial: true, whenDead: abortCheckout })
  reserve(heard: Heard<ReserveStock>): Promise<void> {
    return this.stock.reserve(heard.payload);
  }

  @Listens({ name: 'stock.sell', to: PaymentConfirmed, ordered: true, serial: true })
  sell(heard: Heard<PaymentConfirmed>): Promise<void> {
    return this.stock.settle(heard.payload.instanceId, 'sold');
  }

  @Listens({ name: 'stock.release', to: PaymentFailed, ordered: true, serial: true })
  release(heard: Heard<PaymentFailed>): Promise<void> {
    return this.stock.settle(heard.payload.instanceId, 'released');
  }

  @Listens({ name: 'stock.release-abandoned', to: OrderAbandoned, ordered: true, serial: true })
  releaseAbandoned(heard: Heard<OrderAbandoned>): Promise<void> {
    return this.stock.settle(heard.payload.instanceId, 'released');
  }

  /** Ordered per seller: the last replacement of a product is the one that counts. */
  @Listens({
    name: 'stock.follow-product',
    to: ProductUpdated,
    ordered: true,
    serial: true,
    whenDead: abortUpdate,
  })
  followProduct(heard: Heard<ProductUpdated>): Promise<void> {
    return this.stock.followProduct(heard.payload);
  }
}
