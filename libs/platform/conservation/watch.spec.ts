import { Injectable, Module } from '@nestjs/common';
import { Client } from 'pg';
import { z } from 'zod';
import { type Backend, type RunningModules, startModules, type TestDatabase, testDatabase } from '#testing';
import { event } from '../events/event.js';
import { type Heard, Listens } from '../events/listens.js';
import type { PlatformLog } from '../telemetry/platform-log.js';
import { WorkModule } from '../work/work.module.js';
import { compareGaps, type KnownGap } from './known-gaps.js';
import { ConservationWatch } from './watch.js';

const Rung = event('WatchRung', { from: 'customer', schema: z.object({ n: z.number() }) });

@Injectable()
class Ears {
  @Listens({ name: 'seller.hear', to: Rung })
  async hear(_: Heard<{ n: number }>): Promise<void> {}
}

@Module({ imports: [WorkModule.as('seller')], providers: [Ears] })
class SellerModule {}

@Module({ imports: [WorkModule.as('customer')] })
class CustomerModule {}

const GONE = `with gone as (delete from banyan.deliveries where event_id = $1 returning *) select to_json(gone) as row from gone`;
const BACK = 'insert into banyan.deliveries select * from json_populate_record(null::banyan.deliveries, $1)';

describe.each<[string, Backend, 'all' | undefined]>([
  ['together', 'postgres', undefined],
  ['together', 'redis', undefined],
  ['apart', 'postgres', 'all'],
  ['apart', 'redis', 'all'],
])('modules %s over %s', (_, backend, apart) => {
  let app: RunningModules;
  const lines: { level: string; message: string; app: string }[] = [];
  const said = (part: string) => lines.filter(({ message }) => message.includes(part));
  const until = async (met: () => boolean | Promise<boolean>) => {
    while (!(await met())) await new Promise((resolve) => setTimeout(resolve, 50));
  };
  const ready = () => app.http('GET', '/health/ready');

  beforeAll(async () => {
    app = await startModules({
      here: [SellerModule, CustomerModule],
      backend,
      ...(apart && { apart }),
      lines: (line) => lines.push(JSON.parse(line)),
      settings: { LOG_LEVEL: 'info' },
    });
    await app.query(`update banyan.subscriptions set since = since - interval '1 minute'`);
  });
  afterAll(() => app?.stop());

  it('say once that a delivery is missing, with its id, are degraded meanwhile, and say when it is back', async () => {
    const id = await app.publish(Rung, { n: 1 });
    await app.drain();
    const [gone] = await app.query<{ row: object }>(GONE, [id]);
    await until(async () => (await ready()).body.degraded.includes('conservation'));
    const { status, body } = await ready();
    const sentence = `seller.hear lacks 1 deliveries of WatchRung: events ${id}`;
    expect(status).toBe(200);
    expect(body.info.conservation.message).toContain(sentence);
    expect((await app.http('GET', '/metrics')).body).toMatch(/banyan_conservation_gap\{[^}]*\} 1\n/);
    const looks = async () => (await app.query('select looked_at from banyan.conservation_looks'))[0];
    for (let more = 0, last = await looks(); more < 2; ) {
      const next = await looks();
      if (JSON.stringify(next) === JSON.stringify(last)) continue;
      last = next;
      more += 1;
    }
    const errors = () => said(sentence).filter(({ level }) => level === 'error');
    expect(errors()).toHaveLength(1);
    await app.query(BACK, [JSON.stringify(gone?.row)]);
    await until(async () => (await ready()).body.degraded.length === 0);
    await until(() => said('Events add up again').length > 0);
    expect(said('Events add up again')).toHaveLength(1);
    expect(errors()).toHaveLength(1);
  });
});

describe('a look', () => {
  let database: TestDatabase;
  let client: Client;
  const said: string[] = [];
  const log = { error: (text: string) => said.push(text), info: (text: string) => said.push(text) };
  const watch = () =>
    new ConservationWatch(
      { query: async (sql) => (await client.query(sql)).rows },
      database.url,
      'spec',
      log as unknown as PlatformLog,
    );
  const due = (rest = '') =>
    client.query(
      `update banyan.conservation_looks set looked_at = looked_at - interval '10 seconds' ${rest}`,
    );

  beforeEach(async () => {
    said.length = 0;
    database = await testDatabase();
    client = new Client({ connectionString: database.url });
    await client.connect();
    await client.query(
      `insert into banyan.listeners (name, module, ordered, partitions) values ('stock.a', 'stock', false, 4)`,
    );
    await client.query(
      `insert into banyan.subscriptions (type, listener, since) values ('T', 'stock.a', now() - interval '1 day')`,
    );
    await client.query(
      `with e as (insert into banyan.events (type, version, module, payload, traceparent)
         select 'T', 1, 'cart', '{}', '' from generate_series(1, 3) returning id)
       insert into banyan.deliveries (listener, event_id, partition, state) select 'stock.a', id, 0, 'done' from e`,
    );
  });
  afterEach(async () => {
    await client.end();
    await database.drop();
  });

  it('is not sooner than it is due', async () => {
    expect([await watch().round(), await watch().round()]).toEqual([true, false]);
    await due();
    expect(await watch().round()).toBe(true);
  });

  it('finds what got lost among settled events when it looks at everything, and another process says it no second time', async () => {
    await watch().round();
    await due(`, settled = 3, next_settled = 3`);
    await client.query('delete from banyan.deliveries where event_id = 2');
    await watch().round();
    expect(said).toEqual([]);
    await due(`, complete_at = complete_at - interval '11 minutes'`);
    const finder = watch();
    await finder.round();
    expect(said).toEqual([expect.stringContaining('stock.a lacks 1 deliveries of T: events 2.')]);
    expect(() => finder.check()).toThrow('events 2');
    for (const rest of ['', `, complete_at = complete_at - interval '2 minutes'`]) {
      await due(rest);
      await watch().round();
    }
    expect(said).toHaveLength(1);
    await client.query(
      `insert into banyan.deliveries (listener, event_id, partition, state) values ('stock.a', 2, 0, 'done')`,
    );
    await due(`, complete_at = complete_at - interval '2 minutes'`);
    await watch().round();
    expect(said.slice(1)).toEqual([expect.stringContaining('add up again')]);
  });

  it('counts an event as settled only when it has been seen for half a minute', async () => {
    const settled = async () =>
      (await client.query('select settled::int from banyan.conservation_looks')).rows[0].settled;
    await watch().round();
    await due();
    await watch().round();
    expect(await settled()).toBe(0);
    await due(`, next_at = next_at - interval '40 seconds'`);
    await watch().round();
    expect(await settled()).toBe(3);
  });
});

it('does not accuse apps that are still starting, and tells when a gap has grown', () => {
  const orphan = { kind: 'no listener', listener: 'a.b', type: 'T', count: 1, ids: ['5'] } as const;
  const first = compareGaps([], [orphan], '0', 1_000);
  expect(first.toTell).toEqual([]);
  const later = compareGaps(first.gaps, [orphan], '0', 62_000);
  expect(later.toTell).toMatchObject([orphan]);
  expect(compareGaps(later.gaps, [orphan], '0', 63_000).toTell).toEqual([]);
  expect(compareGaps(later.gaps, [{ ...orphan, count: 2 }], '0', 63_000).toTell).toHaveLength(1);
  const unseen = compareGaps(later.gaps, [], '7', 64_000);
  expect([unseen.gaps, unseen.mended]).toEqual([later.gaps as KnownGap[], []]);
  expect(compareGaps(later.gaps, [], '4', 64_000).mended).toHaveLength(1);
});
