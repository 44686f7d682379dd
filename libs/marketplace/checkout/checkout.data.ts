import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { TransactionMark } from '#marketplace/benchmark';
import { Refusal } from '#platform/seam';
import { type Unit, UnitOfWork } from '#platform/work';
import type { CheckoutApi, CheckoutStatus } from './contract/checkout.api.js';
import { instanceTaken, noSuchCheckout } from './contract/checkout.refusals.js';
import type { KeptRefusal } from './entities/checkout.entity.js';

/**
 * How long whoever runs a checkout may keep others from it. Long against the few milliseconds that it takes; short for a
 * customer whose first attempt died with its process.
 */
export const LEASE_MS = 10_000;

/** A checkout that has its answer: accepted, or the refusal. */
export interface Settled {
  readonly state: 'settled';
  readonly refusal: Refusal | null;
}
/** A checkout that the caller is to run, from the start or from wherever an attempt before it stopped. */
export interface Claimed {
  readonly state: 'claimed';
  readonly tid: string;
  readonly customerId: number;
  readonly runner: string;
}
/** A checkout that somebody else is running. */
export interface Held {
  readonly state: 'held';
}

interface CheckoutRow {
  customer_id: number;
  state: 'running' | 'accepted' | 'refused';
  refusal: KeptRefusal | null;
}

/**
 * Sent with CLAIM and ACCEPT: beginning and accepting need not reach the disk before they are answered, which halves a
 * checkout's waits for it. If a crash takes them back, the next attempt learns from cart's history whether it was submitted.
 * REFUSE goes without it: a refusal, and the mark that it publishes, must stay.
 */
const NEED_NOT_REACH_THE_DISK = 'set local synchronous_commit = off';
const CLAIM = `
insert into checkout.checkouts as c (instance_id, customer_id, runner, leased_until)
values ($1, $2, $3, clock_timestamp() + $4 * interval '1 millisecond')
on conflict (instance_id) do update set runner = excluded.runner, leased_until = excluded.leased_until
  where c.state = 'running' and c.customer_id = excluded.customer_id and c.leased_until <= clock_timestamp()
returning instance_id`;
const ACCEPT = `
update checkout.checkouts set state = 'accepted', settled_at = clock_timestamp()
where instance_id = $1 and runner = $2 and state = 'running'
returning instance_id`;
const REFUSE = `
update checkout.checkouts set state = 'refused', refusal = $3, settled_at = clock_timestamp()
where instance_id = $1 and runner = $2 and state = 'running'
returning instance_id`;
const RELEASE = `
update checkout.checkouts set leased_until = clock_timestamp()
where instance_id = $1 and runner = $2 and state = 'running'`;
const FIND = 'select customer_id, state, refusal from checkout.checkouts where instance_id = $1';

/** One row per checkout: who runs it, and the answer that every repetition gets. */
@Injectable()
export class CheckoutData implements CheckoutApi {
  constructor(private readonly work: UnitOfWork) {}

  /**
   * Begins a checkout, or takes over one whose runner is gone; else says how it stands.
   *
   * @throws Refusal instanceTaken
   */
  claim(customerId: number, tid: string): Promise<Settled | Claimed | Held> {
    const runner = randomUUID();
    return this.work.run(async (unit) => {
      const [, [mine]] = await Promise.all([
        unit.query(NEED_NOT_REACH_THE_DISK),
        unit.query(CLAIM, [tid, customerId, runner, LEASE_MS]),
      ]);
      if (mine) return { state: 'claimed', tid, customerId, runner };
      const row = (await unit.query<CheckoutRow>(FIND, [tid]))[0] as CheckoutRow; // a conflict: it is there
      if (row.customer_id !== customerId) throw instanceTaken({ tid });
      return row.state === 'running' ? { state: 'held' } : settled(row);
    });
  }

  /** Gives the answer, unless another runner gave it: an order will follow. */
  accept(claim: Claimed): Promise<Settled | Held> {
    return this.work.run(async (unit) => {
      const [, [mine]] = await Promise.all([
        unit.query(NEED_NOT_REACH_THE_DISK),
        unit.query(ACCEPT, [claim.tid, claim.runner]),
      ]);
      return mine ? { state: 'settled', refusal: null } : answerOfAnother(unit, claim);
    });
  }

  /** Gives the answer, unless another runner gave it: no, with the mark that ends the transaction. */
  refuse(claim: Claimed, refusal: Refusal): Promise<Settled | Held> {
    const { code, kind, message, details } = refusal;
    const kept: KeptRefusal = { code, kind, message, details };
    return this.work.run(async (unit) => {
      const [mine] = await unit.query(REFUSE, [claim.tid, claim.runner, JSON.stringify(kept)]);
      if (!mine) return answerOfAnother(unit, claim);
      unit.publish(TransactionMark, notAccepted(claim));
      return { state: 'settled', refusal };
    });
  }

  /** Lets go of a checkout that could not be finished, so that its repetition need not wait for the lease. */
  async release(claim: Claimed): Promise<void> {
    await this.work.run((unit) => unit.query(RELEASE, [claim.tid, claim.runner]));
  }

  async find(customerId: number, tid: string): Promise<CheckoutStatus> {
    const [row] = await this.work.ask<CheckoutRow>(FIND, [tid]);
    if (row?.customer_id !== customerId) throw noSuchCheckout({ customerId, tid });
    const refusal = row.refusal && { code: row.refusal.code, message: row.refusal.message };
    return { tid, customerId, status: row.state, refusal };
  }

  async reset(): Promise<void> {
    await this.work.run((unit) => unit.query('delete from checkout.checkouts'));
  }

  async cleanup(): Promise<void> {
    await this.reset();
  }
}

/** A runner whose lease went to another changes nothing: the other gives the answer. */
async function answerOfAnother(unit: Unit, claim: Claimed): Promise<Settled | Held> {
  const [row] = await unit.query<CheckoutRow>(FIND, [claim.tid]);
  return row && row.state !== 'running' ? settled(row) : { state: 'held' };
}

function notAccepted({ tid, customerId }: Claimed): TransactionMark {
  return { tid, type: 'CUSTOMER_SESSION', actorId: customerId, status: 'NOT_ACCEPTED', source: 'checkout' };
}

function settled({ refusal: kept }: CheckoutRow): Settled {
  return { state: 'settled', refusal: kept && new Refusal(kept.code, kept.kind, kept.message, kept.details) };
}
