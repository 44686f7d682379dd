import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, Module } from '@nestjs/common';
import { Client } from 'pg';
import { z } from 'zod';
import { type Backend, type RunningModules, startModules } from '#testing';
import { waitUntil } from '../embedded/wait-until.js';
import type { Unit } from '../work/unit.js';
import { UnitOfWork } from '../work/unit-of-work.js';
import { WorkModule } from '../work/work.module.js';
import { event } from './event.js';
import { type Heard, Listens, ListensInBatches } from './listens.js';

const Touched = event('GroupsTestTouched', {
  from: 'customer',
  schema: z.object({ n: z.number(), row: z.number(), slowMs: z.number().optional() }),
});
type TouchedHeard = Heard<{ n: number; row: number; slowMs?: number }>;

const TOUCH = 'update seller.group_rows set touched = touched + 1 where listener = $1 and row = any($2)';
const NOTE =
  'insert into seller.group_notes (listener, n) select $1, n from unnest($2::int[]) as n order by n';

@Injectable()
class Touchers {
  @Listens({ name: 'seller.one-by-one', to: Touched, serial: true, attempts: 1 })
  async one({ payload }: TouchedHeard, unit: Unit): Promise<void> {
    await unit.query(NOTE, ['one-by-one', [payload.n]]);
    await unit.query(TOUCH, ['one-by-one', [payload.row]]);
    if (payload.slowMs) await pause(payload.slowMs);
  }

  @Listens({ name: 'seller.in-own-words', to: Touched, serial: true, attempts: 1 })
  async own({ payload }: TouchedHeard, unit: Unit): Promise<void> {
    await unit.query(NOTE, ['in-own-words', [payload.n]]);
    try {
      await unit.query(TOUCH, ['in-own-words', [payload.row]]);
    } catch (error) {
      throw new Error('The row could not be touched.', { cause: error });
    }
  }

  @Listens({ name: 'seller.silent', to: Touched, serial: true, attempts: 1 })
  async silent({ payload }: TouchedHeard, unit: Unit): Promise<void> {
    await unit.query(TOUCH, ['silent', [payload.row]]).catch(() => undefined);
    await unit.query(NOTE, ['silent', [payload.n]]);
  }

  @ListensInBatches({ name: 'seller.at-once', to: Touched, serial: true, attempts: 1 })
  async all(heard: readonly TouchedHeard[], unit: Unit): Promise<void> {
    for (const { payload } of heard) await unit.query(TOUCH, ['at-once', [payload.row]]);
    await unit.query(NOTE, ['at-once', heard.map(({ payload }) => payload.n)]);
  }
}

@Module({ imports: [WorkModule.as('seller')], providers: [Touchers] })
class SellerModule {}
@Injectable()
class Till {
  constructor(readonly work: UnitOfWork) {}
}
@Module({ imports: [WorkModule.as('customer')], providers: [Till] })
class CustomerModule {}

describe.each<Backend>(['postgres', 'redis'])('groups of deliveries over %s', (backend) => {
  let app: RunningModules;
  let holder: Client;
  const LISTENERS = ['one-by-one', 'in-own-words', 'silent', 'at-once'];
  const publish = (payloads: { n: number; row: number; slowMs?: number }[]) =>
    app.get(Till).work.run(async (unit) => {
      for (const payload of payloads) unit.publish(Touched, payload);
    });
  const notes = (listener: string) =>
    app.query<{ n: number; tx: string }>(
      'select n, xmin::text as tx from seller.group_notes where listener = $1 order by id',
      [listener],
    );

  beforeAll(async () => {
    app = await startModules({ here: [SellerModule, CustomerModule], backend });
    await app.query(
      'create table seller.group_notes (id bigint generated always as identity, listener text, n int)',
    );
    await app.query('create table seller.group_rows (listener text, row int, touched int default 0)');
    await app.query(
      'insert into seller.group_rows select l, r from unnest($1::text[]) as l, generate_series(1, 3) as r',
      [LISTENERS],
    );
    await app.query('grant select, insert, update on seller.group_notes, seller.group_rows to banyan_seller');
    holder = new Client({ connectionString: app.database.url });
    await holder.connect();
  });
  beforeEach(async () => {
    for (const table of ['banyan.deliveries', 'banyan.attempts', 'banyan.events', 'seller.group_notes'])
      await app.query(`delete from ${table}`);
  });
  afterAll(async () => {
    await holder?.end();
    await app?.stop();
  });

  it('let go of their rows when they do not get another, and go on one by one without an attempt used up', async () => {
    await holder.query('begin; select from seller.group_rows where row = 3 for update');
    await publish([
      { n: 1, row: 1 },
      { n: 2, row: 2 },
      { n: 3, row: 3 },
    ]);
    // What is before the one that waits is done meanwhile: a group that waits keeps nobody else waiting.
    for (const listener of LISTENERS)
      await waitUntil(async () => (await notes(listener)).length === 2, 10_000);
    await holder.query('commit');
    await app.drain();
    for (const listener of LISTENERS) {
      const rows = await notes(listener);
      expect([listener, ...rows.map(({ n }) => n)]).toEqual([listener, 1, 2, 3]);
      expect(new Set(rows.map(({ tx }) => tx)).size).toBe(3);
    }
    expect(await app.query('select distinct error_class from banyan.attempts')).toEqual([]);
  });

  it('grow again afterwards', async () => {
    for (let round = 0; round < 3; round++)
      await publish(Array.from({ length: 40 }, (_, n) => ({ n: round * 40 + n, row: 1 })));
    await app.drain();
    for (const listener of LISTENERS) {
      const rows = await notes(listener);
      expect(rows).toHaveLength(120);
      expect(new Set(rows.map(({ tx }) => tx)).size).toBeLessThan(60);
    }
  });

  it('end after a while, so that slow listeners hold the rows of the first one not for as long as a hundred take', async () => {
    await publish(Array.from({ length: 12 }, (_, n) => ({ n, row: 1, slowMs: 45 })));
    await app.drain();
    const rows = await notes('one-by-one');
    expect(rows.map(({ n }) => n)).toEqual(Array.from({ length: 12 }, (_, n) => n));
    const sizes = rows.map(({ tx }) => rows.filter((each) => each.tx === tx).length);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(3);
  });
});
