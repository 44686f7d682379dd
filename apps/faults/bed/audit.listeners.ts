import { Injectable } from '@nestjs/common';
import { type Heard, Listens, ListensOutside } from '#platform/events';
import type { Unit } from '#platform/work';
import { ChainStep, type Fact, ListsAppended, OrderShipped, TransferMade } from './facts.events.js';
import { faultPoint } from './fault-points.js';
import { tellAttempt, tellEffect } from './telling.js';

/** Events that one transfer causes, one after the other. */
const DEPTH = 3;

@Injectable()
export class AuditListeners {
  @Listens({ name: 'audit.in-order', to: [TransferMade, ListsAppended], ordered: true })
  async inOrder(heard: Heard<Fact>, unit: Unit): Promise<void> {
    tellAttempt('audit.in-order', heard);
    const { agg, version, amount, mood } = heard.payload;
    // First, so that the effects of one aggregate are numbered under the lock of its row.
    await unit.query(
      `insert into audit.projection values ($1, $2, $3)
       on conflict (agg) do update set amount = projection.amount + $2, version = $3`,
      [agg, amount, version],
    );
    await tellEffect(unit, 'audit.in-order', heard);
    if (mood === 'flaky' && heard.attempt === 1) throw new Error('not this time');
  }

  @Listens({ name: 'audit.any-order', to: [TransferMade, ListsAppended, OrderShipped] })
  async anyOrder(heard: Heard<Fact>, unit: Unit): Promise<void> {
    tellAttempt('audit.any-order', heard);
    await tellEffect(unit, 'audit.any-order', heard);
  }

  @Listens({ name: 'audit.chain', to: [TransferMade, ChainStep] })
  async chain(heard: Heard<Fact>, unit: Unit): Promise<void> {
    tellAttempt('audit.chain', heard);
    const depth = (heard.payload.depth ?? 0) + 1;
    await tellEffect(unit, 'audit.chain', heard, depth <= DEPTH ? 1 : 0);
    if (depth <= DEPTH) unit.publish(ChainStep, { ...heard.payload, depth });
  }

  /** Calls a world that is not there; what counts is the record of it. */
  @ListensOutside({ name: 'audit.calls-out', to: OrderShipped })
  async callsOut(heard: Heard<Fact>): Promise<(unit: Unit) => Promise<void>> {
    tellAttempt('audit.calls-out', heard);
    await faultPoint('called out');
    return (unit) => tellEffect(unit, 'audit.calls-out', heard);
  }
}
