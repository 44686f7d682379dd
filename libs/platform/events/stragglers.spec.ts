import { Injectable, Module } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { type Backend, type RunningModules, startModules } from '#testing';
import type { Unit } from '../work/unit.js';
import { UnitOfWork } from '../work/unit-of-work.js';
import { WorkModule } from '../work/work.module.js';
import { event } from './event.js';
import { type Heard, Listens, ListensInBatches } from './listens.js';

const Asked = event('StragglersTestAsked', {
  from: 'customer',
  schema: z.object({ n: z.number(), mood: z.string().optional() }),
  key: () => 'one lane',
});
const Told = event('StragglersTestTold', { from: 'seller', schema: z.object({ n: z.number() }) });
type AskedHeard = Heard<{ n: number; mood?: string }>;
const NOTE = 'insert into seller.straggler_notes (listener, n) values ($1, $2)';

/** What a listener began and did not wait for goes on once its delivery has failed, while the unit is still open. */
class Straggler {
  static readonly outcomes: string[] = [];
  static committed = 0;
  private go: () => void = () => undefined;
  private readonly tried: Promise<string[]>;

  constructor(ways: readonly (() => Promise<unknown>)[]) {
    const failed = new Promise<void>((resolve) => {
      this.go = resolve;
    });
    const each = ways.map((way) =>
      failed.then(way).then(
        () => 'done',
        (error: Error) => error.name,
      ),
    );
    this.tried = Promise.all(each);
  }

  /** Lets it go on, and waits until it has tried everything. */
  async goOn(): Promise<void> {
    this.go();
    Straggler.outcomes.push(...(await this.tried));
  }
}

@Injectable()
class Impatient {
  static readonly latest = new Map<string, Straggler>();

  constructor(
    private readonly work: UnitOfWork,
    private readonly source: DataSource,
  ) {}

  private leaveBehind(name: string, unit: Unit): void {
    const straggler = new Straggler([
      () => unit.query(NOTE, ['late', 1]),
      async () => unit.publish(Told, { n: 2 }),
      () => this.work.run((own) => own.query(NOTE, ['late', 3])),
      async () => this.source.query(NOTE, ['late', 4]),
      () => unit.manager.query(NOTE, ['late', 5]),
      async () => unit.afterCommit(() => void Straggler.committed++),
    ]);
    Impatient.latest.set(name, straggler);
  }

  @Listens({
    name: 'seller.inside',
    to: Asked,
    attempts: 1,
    whenDead: () => Impatient.latest.get('inside')?.goOn(),
  })
  async inside({ payload }: AskedHeard, unit: Unit): Promise<void> {
    await unit.query(NOTE, ['inside', payload.n]);
    if (!payload.mood) return;
    this.leaveBehind('inside', unit);
    throw new Error('no');
  }

  @ListensInBatches({
    name: 'seller.together',
    to: Asked,
    attempts: 1,
    whenDead: () => Impatient.latest.get('together')?.goOn(),
  })
  async together(all: readonly AskedHeard[], unit: Unit): Promise<void> {
    for (const { payload } of all) await unit.query(NOTE, ['together', payload.n]);
    if (!all.some(({ payload }) => payload.mood)) return;
    this.leaveBehind('together', unit);
    throw new Error('no');
  }
}

@Module({ imports: [WorkModule.as('seller')], providers: [Impatient] })
class SellerModule {}
@Module({ imports: [WorkModule.as('customer')] })
class CustomerModule {}

describe.each<Backend>(['postgres', 'redis'])('what a failed delivery left behind, over %s', (backend) => {
  let app: RunningModules;
  beforeAll(async () => {
    app = await startModules({ here: [SellerModule, CustomerModule], backend });
    await app.query('create table seller.straggler_notes (listener text, n int)');
    await app.query('grant insert on seller.straggler_notes to banyan_seller');
  });
  afterAll(() => app?.stop());

  it('has no effect, though the unit goes on with its neighbours', async () => {
    for (const n of [1, 2, 3]) await app.publish(Asked, { n, ...(n === 2 && { mood: 'impatient' }) });
    await app.drain({ dead: 'allowed' });
    const states = `select listener, array_agg(state::text order by event_id) as states from banyan.deliveries group by 1 order by 1`;
    const each = { states: ['done', 'dead', 'done'] };
    expect(await app.query(states)).toEqual([
      { listener: 'seller.inside', ...each },
      { listener: 'seller.together', ...each },
    ]);
    expect(Straggler.outcomes).toEqual(Array(12).fill('Bug'));
    expect(await app.query(`select * from seller.straggler_notes where listener = 'late'`)).toEqual([]);
    expect(await app.query(`select from banyan.events where type = 'StragglersTestTold'`)).toEqual([]);
    expect(Straggler.committed).toBe(0);
    Straggler.outcomes.length = 0;
  });
});
