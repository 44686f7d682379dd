import { Injectable } from '@nestjs/common';
import { type Heard, Listens } from '#platform/events';
import type { Unit } from '#platform/work';
import { ChargeRefused, type Fact, OrderCharged, OrderPlaced } from './facts.events.js';
import { tellAttempt, tellEffect } from './telling.js';

/** The accounts pay for orders, as long as they can. */
@Injectable()
export class BankListeners {
  @Listens({ name: 'bank.charge', to: OrderPlaced })
  async charge(heard: Heard<Fact>, unit: Unit): Promise<void> {
    tellAttempt('bank.charge', heard);
    const { payload } = heard;
    const account = (Number.parseInt(payload.opId.slice(0, 8), 16) % 20) + 1;
    const [row] = await unit.query<{ version: string }>(
      `update bank.accounts set balance = balance - $2, version = version + 1 where id = $1 and balance >= $2
       returning version`,
      [account, payload.amount],
    );
    if (row) await unit.query('update bank.till set takings = takings + $1', [payload.amount]);
    await tellEffect(unit, 'bank.charge', heard, 1);
    unit.publish(row ? OrderCharged : ChargeRefused, payload);
  }
}
