import { Injectable, Module } from '@nestjs/common';
import { z } from 'zod';
import { type Backend, type RunningModules, startModules } from '#testing';
import { Bug } from '../seam/bug.js';
import { Refusal } from '../seam/refusal.js';
import { callContext } from '../telemetry/call-context.js';
import { currentUnit } from '../work/ambient.js';
import type { Unit } from '../work/unit.js';
import { UnitOfWork } from '../work/unit-of-work.js';
import { WorkModule } from '../work/work.module.js';
import { event } from './event.js';
import { type Heard, Listens, ListensOutside } from './listens.js';

export const Paid = event('TestPaid', {
  from: 'customer',
  schema: z.object({ n: z.number(), who: z.string(), mood: z.string().optional() }),
  key: (paid) => paid.who,
});
export const Thanked = event('TestThanked', { from: 'seller', schema: z.object({ n: z.number() }) });
export const GaveUp = event('TestGaveUp', {
  from: 'seller',
  schema: z.object({ n: z.number(), why: z.string() }),
});
type PaidHeard = Heard<{ n: number; who: string; mood?: string }>;

/** What the listeners below did: rows without a unique key, so that a double shows. */
const NOTE = 'insert into seller.test_notes (listener, n, who) values ($1, $2, $3)';

@Injectable()
export class Ledger {
  static contexts: { n: number; traceId: string; causation?: string; conversation?: string; hops: number }[] =
    [];
  static duringCall: (() => Promise<unknown>) | undefined;
  static outside: { id: string; attempt: number; inUnit: boolean }[] = [];

  @Listens({ name: 'seller.in-order', to: Paid, ordered: true, attempts: 3, whenDead: Ledger.tellGaveUp })
  async inOrder(heard: PaidHeard, unit: Unit): Promise<void> {
    const { n, who, mood } = heard.payload;
    await unit.query(NOTE, ['in-order', n, who]);
    if (mood === 'fails once' && heard.attempt === 1) throw new Error('not yet');
    if (mood === 'always fails') throw new Error('never');
    if (mood === 'refused') throw new Refusal('seller.refused', 'conflict', 'We do not want it.');
    if (mood === 'kills its connection') await unit.query('select seller.test_cut_off()');
    if (mood === 'indiscreet')
      throw new Bug('postgres://shop:hunter2@db:5432 refuses password=hunter2 of 4111111111111111');
    if (mood === 'bug') (undefined as unknown as { x: { y: number } }).x.y = 1;
  }

  @Listens({
    name: 'seller.thanks',
    to: Paid,
    skip: ({ payload }) => (payload.n < 0 ? 'nothing to thank for' : undefined),
  })
  async thanks(heard: PaidHeard, unit: Unit): Promise<void> {
    const context = callContext();
    if (context) {
      const { causation, conversation, hops, trace } = context;
      Ledger.contexts.push({ n: heard.payload.n, traceId: trace.traceId, causation, conversation, hops });
    }
    await unit.query(NOTE, ['thanks', heard.payload.n, heard.payload.who]);
    unit.publish(Thanked, { n: heard.payload.n });
    if (heard.payload.mood === 'thanks fails once' && heard.attempt === 1) throw new Error('not yet');
  }

  @ListensOutside({ name: 'seller.calls-out', to: Thanked })
  async callsOut(heard: Heard<{ n: number }>): Promise<(unit: Unit) => Promise<void>> {
    const inUnit = currentUnit() !== undefined;
    await Ledger.duringCall?.();
    Ledger.outside.push({ id: heard.id, attempt: heard.attempt, inUnit });
    if (heard.payload.n === 77 && heard.attempt === 1) throw new Error('the line is dead');
    return async (unit) => {
      await unit.query(NOTE, ['calls-out', heard.payload.n, '']);
    };
  }

  static tellGaveUp(heard: PaidHeard, unit: Unit, error: Error): void {
    unit.publish(GaveUp, { n: heard.payload.n, why: error.message });
  }
}

/** What others would ask the ledger by: a listener may be exported under another token. */
abstract class LedgerApi {}

@Module({
  imports: [WorkModule.as('seller')],
  providers: [Ledger, { provide: LedgerApi, useExisting: Ledger }],
  exports: [LedgerApi],
})
export class SellerModule {}

@Injectable()
export class Till {
  constructor(readonly work: UnitOfWork) {}
}

@Module({ imports: [WorkModule.as('customer')], providers: [Till] })
export class CustomerModule {}

/** The modules above on a database of their own, with what specs ask of them. */
export class Rig {
  private constructor(
    readonly app: RunningModules,
    readonly till: Till,
  ) {}

  static async start(backend: Backend): Promise<Rig> {
    const app = await startModules({ here: [SellerModule, CustomerModule], backend });
    await app.query(
      'create table seller.test_notes (id bigint generated always as identity, listener text, n int, who text)',
    );
    await app.query('grant insert, select on seller.test_notes to banyan_seller');
    await app.query(`create function seller.test_refuse() returns trigger language plpgsql as
      $$ begin if new.who = 'fails at commit' and new.listener = 'in-order' then raise exception 'not at this commit'; end if;
      return new; end $$`);
    await app.query(`create constraint trigger test_refuse after insert on seller.test_notes
      deferrable initially deferred for each row execute function seller.test_refuse()`);
    // A module's role may not end a session, not even its own.
    await app.query(`create function seller.test_cut_off() returns boolean security definer language sql
      as 'select pg_terminate_backend(pg_backend_pid())'`);
    return new Rig(app, app.get(Till));
  }

  /** Forgets what earlier tests did. Deletes, since TRUNCATE would lock out, and now and then deadlock with, a last look into a lane. */
  async clear(): Promise<void> {
    for (const table of ['banyan.deliveries', 'banyan.attempts', 'banyan.events', 'seller.test_notes']) {
      await this.app.query(`delete from ${table}`);
    }
    Ledger.contexts = [];
    Ledger.outside = [];
    Ledger.duringCall = undefined;
  }

  notes(listener: string) {
    return this.app.query<{ n: number; who: string; tx: string }>(
      'select n, who, xmin::text as tx from seller.test_notes where listener = $1 order by id',
      [listener],
    );
  }

  deliveries(listener: string) {
    return this.app.query<{ state: string; attempts: number; reason: string | null; n: number }>(
      `select d.state, d.attempts, d.reason, (e.payload->>'n')::int as n from banyan.deliveries d
       join banyan.events e on e.id = d.event_id where d.listener = $1 order by d.event_id`,
      [listener],
    );
  }
}
