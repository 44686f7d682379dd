import { Injectable, Module } from '@nestjs/common';
import { z } from 'zod';
import { type Backend, type RunningModules, startModules } from '#testing';
import { waitUntil } from '../embedded/wait-until.js';
import type { Unit } from '../work/unit.js';
import { WorkModule } from '../work/work.module.js';
import { event } from './event.js';
import { type HeardOutside, ListensOutside } from './listens.js';

const Asked = event('OutsideLostAsked', { from: 'seller', schema: z.object({ mood: z.string() }) });
const asked: string[] = [];

@Injectable()
class Caller {
  @ListensOutside({
    name: 'seller.lost',
    to: Asked,
    attempts: 2,
    backOff: { longestMs: 10 },
    pace: { lanes: 1 },
  })
  async call({ payload }: HeardOutside<{ mood: string }>): Promise<(unit: Unit) => Promise<void>> {
    asked.push(payload.mood);
    if (payload.mood === 'sick') throw new Error('it answered 500');
    return async (unit) => {
      if (payload.mood === 'kills') await unit.query('select seller.cut_off()');
    };
  }
}

@Module({ imports: [WorkModule.as('seller')], providers: [Caller] })
class SellerModule {}

describe.each<Backend>(['postgres', 'redis'])('a call whose outcome gets lost, over %s', (backend) => {
  let app: RunningModules;
  const lines: { level: string; message: string; data?: { delivery?: string; attempt?: number } }[] = [];
  beforeAll(async () => {
    const linesTo = (line: string) => void lines.push(JSON.parse(line));
    app = await startModules({
      here: [SellerModule],
      backend,
      lines: linesTo,
      settings: { LOG_LEVEL: 'warn' },
    });
    await app.query(`create function seller.cut_off() returns boolean security definer language sql
      as 'select pg_terminate_backend(pg_backend_pid())'`);
  });
  afterAll(() => app?.stop());

  const states = async () =>
    (
      await app.query<{ is: string }>(
        `select concat_ws(' ', e.payload->>'mood', d.state, d.attempts) as is
         from banyan.deliveries d join banyan.events e on e.id = d.event_id order by 1`,
      )
    ).map(({ is }) => is);
  /** What is under lease comes back, without the wait for its end. */
  const letGo = () =>
    app.query(
      `update banyan.deliveries set due_at = clock_timestamp() - interval '1 second' where state = 'pending' and due_at > clock_timestamp()`,
    );

  it('takes along nothing of what became of its neighbours, and is not made for ever', async () => {
    const moods = ['kills', 'sick', 'well'];
    await app.query(
      `with e as (insert into banyan.events (type, version, module, payload, traceparent)
         select 'OutsideLostAsked', 1, 'seller', json_build_object('mood', mood), '00-${'a'.repeat(32)}-${'b'.repeat(16)}-01'
         from unnest($1::text[]) mood returning id)
       insert into banyan.deliveries (listener, event_id, partition) select 'seller.lost', id, 0 from e`,
      [moods],
    );
    const told = () => lines.map(({ message, data }) => `${message} ${data?.attempt ?? ''}`);
    const dead = (line: string) => line.startsWith('Delivery is dead after attempt 2');
    await waitUntil(async () => (await states()).includes('sick dead 2'), 20_000);
    expect(asked.slice(0, 3).sort()).toEqual(moods); // in one round
    expect(told().filter((line) => line.startsWith('Delivery failed'))).toHaveLength(1);
    expect(await waitUntil(() => told().some(dead), 5_000)).toBe(true);
    expect(await states()).toEqual(['kills pending 0', 'sick dead 2', 'well done 0']);

    const calls = () => asked.filter((mood) => mood === 'kills').length;
    const all = async () => (await states())[0] === 'kills dead 2';
    while (calls() < 10 && !(await all())) {
      const before = lines.length;
      await letGo();
      await waitUntil(() => lines.length > before, 20_000); // of what became of the call
    }
    expect(await states()).toEqual(['kills dead 2', 'sick dead 2', 'well done 0']);
    expect(calls()).toBeGreaterThan(3); // at first it says nothing about the delivery
    expect(calls()).toBeLessThan(10);
    asked.length = 0;
  });
});
