import { Injectable } from '@nestjs/common';
import { type Heard, Listens } from '#platform/events';
import { Refusal } from '#platform/seam';
import type { Unit } from '#platform/work';
import { type Fact, OrderPlaced, TransferMade } from './facts.events.js';
import { tellAttempt, tellEffect } from './telling.js';

/** What it takes: the oracle knows the same by heart, and judges by what clients have asked for. */
const SMALLEST = 5;
const REFUSED = 10;

/** The listener that says no: to small amounts before it is called, to some others when it is. Neither is a failure. */
@Injectable()
export class ChoosyListeners {
  @Listens({
    name: 'audit.choosy',
    to: [TransferMade, OrderPlaced],
    skip: ({ payload }) => (payload.amount < SMALLEST ? `less than ${SMALLEST}` : undefined),
    refused: 'skipped',
  })
  async choosy(heard: Heard<Fact>, unit: Unit): Promise<void> {
    tellAttempt('audit.choosy', heard);
    await tellEffect(unit, 'audit.choosy', heard);
    if (heard.payload.amount % REFUSED === 0)
      throw new Refusal('audit.round', 'conflict', 'A round sum is refused.');
  }
}
