import { Injectable, Module } from '@nestjs/common';
import { z } from 'zod';
import { type EventType, event, type Heard, Listens, ListensInBatches, type NotDone } from '#platform/events';
import { type Unit, UnitOfWork, WorkModule } from '#platform/work';
import { EFFECT, EFFECTS } from './business.js';
import { failsNow, type Heard as Hears, NotYet, type Payload, type Setup } from './engine.js';

const declare = (type: string): EventType<Payload> =>
  event(type, { from: 'bench', schema: z.object({ n: z.number().int(), text: z.string() }) });

/** An event for each way to listen and number of listeners. */
export const EVENTS = {
  single: { 1: declare('NotedForOne'), 3: declare('NotedForThree') },
  batch: { 1: declare('GatheredForOne'), 3: declare('GatheredForThree') },
} as const;

/** What the piece that runs wants of the listeners. */
export const piece: { setup?: Setup; heard: Hears } = { heard: () => undefined };

const { single, batch } = EVENTS;
type Several = readonly Heard<Payload>[];

/** Listeners as business code writes them. */
@Injectable()
export class BenchListeners {
  @Listens({ name: 'bench.only', to: single[1] })
  only(heard: Heard<Payload>, unit: Unit): Promise<void> {
    return note(heard, unit, 1);
  }

  @Listens({ name: 'bench.first', to: single[3] })
  first(heard: Heard<Payload>, unit: Unit): Promise<void> {
    return note(heard, unit, 1);
  }

  @Listens({ name: 'bench.second', to: single[3] })
  second(heard: Heard<Payload>, unit: Unit): Promise<void> {
    return note(heard, unit, 2);
  }

  @Listens({ name: 'bench.third', to: single[3] })
  third(heard: Heard<Payload>, unit: Unit): Promise<void> {
    return note(heard, unit, 3);
  }
}

async function note({ payload, attempt }: Heard<Payload>, unit: Unit, listener: number): Promise<void> {
  piece.heard(payload.n, listener);
  await unit.query(EFFECT, [listener, payload.n]);
  if (piece.setup && failsNow(piece.setup, payload.n, attempt)) throw new NotYet();
}

/** The same, with the effects of a batch in one statement. */
@Injectable()
export class BenchBatchListeners {
  @ListensInBatches({ name: 'bench.batch-only', to: batch[1] })
  only(heard: Several, unit: Unit): Promise<readonly NotDone[]> {
    return noteAll(heard, unit, 1);
  }

  @ListensInBatches({ name: 'bench.batch-first', to: batch[3] })
  first(heard: Several, unit: Unit): Promise<readonly NotDone[]> {
    return noteAll(heard, unit, 1);
  }

  @ListensInBatches({ name: 'bench.batch-second', to: batch[3] })
  second(heard: Several, unit: Unit): Promise<readonly NotDone[]> {
    return noteAll(heard, unit, 2);
  }

  @ListensInBatches({ name: 'bench.batch-third', to: batch[3] })
  third(heard: Several, unit: Unit): Promise<readonly NotDone[]> {
    return noteAll(heard, unit, 3);
  }
}

/** Knows which ones fail, and says so: what a batch handler throws is halved until the culprit is found, which costs more. */
async function noteAll(heard: Several, unit: Unit, listener: number): Promise<readonly NotDone[]> {
  for (const { payload } of heard) piece.heard(payload.n, listener);
  const { setup } = piece;
  const fails = ({ payload, attempt }: Heard<Payload>) =>
    setup !== undefined && failsNow(setup, payload.n, attempt);
  const ns = heard.filter((each) => !fails(each)).map(({ payload }) => payload.n);
  await unit.query(EFFECTS, [listener, ns]);
  return heard.filter(fails).map((each) => ({ heard: each, error: new NotYet() }));
}

/** Whoever publishes. */
@Injectable()
export class BenchBusiness {
  constructor(readonly work: UnitOfWork) {}
}

@Module({
  imports: [WorkModule.as('bench')],
  providers: [BenchListeners, BenchBatchListeners, BenchBusiness],
})
export class BenchModule {}
