import { Injectable } from '@nestjs/common';
import { type Heard, Listens } from '#platform/events';
import type { Unit } from '#platform/work';
import { ChargeRefused, type Fact, OrderCharged, OrderShipped } from './facts.events.js';
import { tellAttempt, tellEffect } from './telling.js';

@Injectable()
export class ShopListeners {
  @Listens({ name: 'shop.ship', to: OrderCharged })
  async ship(heard: Heard<Fact>, unit: Unit): Promise<void> {
    tellAttempt('shop.ship', heard);
    await settle(unit, heard.payload, 'shipped', 'shipped = shipped + o.quantity');
    await tellEffect(unit, 'shop.ship', heard, 1);
    unit.publish(OrderShipped, heard.payload);
  }

  /** The compensation: what could not be paid for is on the shelf again. */
  @Listens({ name: 'shop.put-back', to: ChargeRefused })
  async putBack(heard: Heard<Fact>, unit: Unit): Promise<void> {
    tellAttempt('shop.put-back', heard);
    await settle(unit, heard.payload, 'refused', 'on_hand = on_hand + o.quantity');
    await tellEffect(unit, 'shop.put-back', heard);
  }
}

async function settle(unit: Unit, { opId }: Fact, state: string, change: string): Promise<void> {
  await unit.query(
    `with o as (update shop.orders set state = $2 where op_id = $1 returning product, quantity)
     update shop.stock s set reserved = reserved - o.quantity, ${change} from o where s.product = o.product`,
    [opId, state],
  );
}
