import { setTimeout as pause } from 'node:timers/promises';
import { inContext } from '../telemetry/call-context.js';
import { ONE_PER_CALL, type PlatformLog } from '../telemetry/platform-log.js';
import { outsideUnits } from '../work/ambient.js';
import { lostConnection } from '../work/transient.js';
import type { UnitsOfWork } from '../work/units-of-work.js';
import { type Identity, openToBury, recordAlone, type Verdict } from './bury.js';
import { Gate } from './crashes/gate.js';
import type { InWork } from './crashes/in-work.js';
import { inquire } from './crashes/inquest.js';
import { Missing } from './crashes/missing.js';
import {
  type Batch,
  DeliveryFailed,
  DeliveryGivenUp,
  deliverBatch,
  deliverCarefully,
} from './deliver-inside.js';
import { deliverOutside, leaseMsOf } from './deliver-outside.js';
import { deliverTogether } from './deliver-together.js';
import { FarewellLost } from './farewell.js';
import { GroupSizes } from './group-sizes.js';
import { type Lane, type Listener, laneName } from './listener.js';
import { LaneNeedsCare, type Look } from './look.js';
import { STRIKES } from './retry-policy.js';
import type { ClaimedRow } from './sql/claim.js';
import { returnPace, takePace } from './sql/take-pace.js';
import { unitOf } from './unit-of.js';

/** Batches that one wake-up may handle before the lane goes back to the end of the queue, so that none starves. */
const BATCHES_PER_WAKE_UP = 20;

/** Shortest time between two looks of a lane at a pace that is used up, in milliseconds. */
const PACE_MS = 20;

/**
 * After a failure, so many batches of its lane are handled with care from the start. Where one delivery in a hundred fails, two batches in
 * three would be done twice otherwise.
 */
const WARY_BATCHES = 20;

/** Deliveries of a batch up to which each gets a line of its own: writing and keeping it costs a good part of a short delivery. */
const LINES_EACH = 10;

/** How a wake-up ended, and what its lane needs next. */
export type LaneState = 'quiet' | 'busy' | 'more';

/** Makes deliveries happen: handed a lane, it works until nothing is left to do there. */
export class Courier {
  /** Lanes that have lost their connection since they last got anything done, and how often. */
  private readonly strikes = new Map<string, number>();

  /** Lanes in which a delivery has failed lately, and for how many batches they are still handled with care from the start. */
  private readonly wary = new Map<string, number>();

  /** How many deliveries of a lane may share a transaction. */
  private readonly sizes = new GroupSizes();

  /** What became of attempts at deliveries since the start, by listener. */
  readonly counts = new Map<string, { done: number; failed: number; dead: number }>();

  /** Lanes in work here, and whether to look into them once more before they are left. */
  private readonly atWork = new Map<string, { again: boolean }>();

  /** Modules whose deliveries this process has begun to leave to others. */
  private readonly left = new Set<string>();
  private stopping = false;

  /** What may have killed a process runs with nothing beside it. */
  private readonly gate = new Gate();
  private readonly missing = new Missing();

  constructor(
    private readonly units: UnitsOfWork,
    private readonly listeners: ReadonlyMap<string, Listener>,
    private readonly identity: Identity,
    private readonly inWork: InWork,
    private readonly log: PlatformLog,
    private readonly retryLater: (lane: Lane, delayMs: number) => void,
    /** Like `retryLater`, by a timer of this process: however often it is asked, the lane is looked into once. */
    private readonly lookSoon: (lane: Lane, delayMs: number) => void,
  ) {}

  /**
   * Says that there is something new in a lane, if this process is at work in it: then it looks once more, and no wake-up is
   * needed. Without this, half of all jobs found nothing to do.
   */
  lookAgain(lane: Lane): boolean {
    const atWork = this.atWork.get(laneName(lane));
    if (atWork) atWork.again = true;
    return atWork !== undefined;
  }

  /**
   * Begins nothing more for a module: what is being handled is finished, and the rest of its batch is left to others. A batch of
   * slow handlers would otherwise hold up a stop for as long as all of them take.
   */
  leave(module: string): void {
    this.left.add(module);
  }

  /** Begins nothing more for any module, as {@link leave} does for one: the process is about to stop. */
  beginNoMore(): void {
    this.stopping = true;
  }

  /** Handles deliveries of a module, again if it was left. */
  take(module: string): void {
    this.left.delete(module);
  }

  /** Handles what is due in a lane. */
  async work(lane: Lane): Promise<LaneState> {
    const listener = this.listeners.get(lane.listener);
    if (!listener) return 'quiet'; // a wake-up from before the listener's code was removed or moved away
    if (this.lookAgain(lane)) return 'quiet';
    const atWork = { again: false };
    this.atWork.set(laneName(lane), atWork);
    const noted = this.inWork.enter(lane);
    noted?.catch(() => undefined); // who looks into the lane waits for it
    try {
      const leaving = () => this.stopping || this.left.has(listener.module);
      const look = { listener, lane, limit: listener.batch, identity: this.identity, noted, leaving };
      return await this.workOn(look, atWork);
    } finally {
      this.atWork.delete(laneName(lane));
      this.inWork.leave(lane);
    }
  }

  private async workOn(look: Look, atWork: { again: boolean }): Promise<LaneState> {
    for (let batches = 0; batches < BATCHES_PER_WAKE_UP && !look.leaving(); batches++) {
      atWork.again = false;
      const batch = await outsideUnits(() => this.atItsPace(look));
      if (typeof batch === 'number') {
        this.atWork.delete(laneName(look.lane));
        this.lookSoon(look.lane, batch);
        return 'quiet';
      }
      if (batch.outcome === 'busy') return 'busy';
      if (batch.outcome === 'empty' && !atWork.again) {
        this.atWork.delete(laneName(look.lane)); // in this very moment: who comes now must announce it again
        return 'quiet';
      }
      this.report(look.lane, batch);
      if (batch.lost?.length) throw batch.lost[0]; // after the report: what became of its neighbours stands
    }
    return 'more';
  }

  /** @returns milliseconds, when it may not begin anything before */
  private async atItsPace(look: Look): Promise<Batch | number> {
    const { name, module, options } = look.listener;
    const perSecond = options.pace?.perSecond;
    if (perSecond === undefined) return this.next(look);
    const work = this.units.of(module);
    const { granted, nextInMs } = await work.open((unit) => takePace(unit, name, perSecond, look.limit));
    if (granted === 0) return Math.max(nextInMs, PACE_MS);
    const batch = await this.next({ ...look, limit: granted });
    const unused = granted - batch.done.length - batch.verdicts.length - (batch.lost?.length ?? 0);
    if (unused <= 0) return batch;
    // What can't be given back makes the listener slower for a second; what became of the batch must be told.
    const given = work.open((unit) => returnPace(unit, name, perSecond, unused));
    await given.catch((error: unknown) =>
      this.log.warn(`Pace of ${name} could not be given back`, { error }),
    );
    return batch;
  }

  private async next(look: Look): Promise<Batch> {
    try {
      const limit = this.sizes.of(look.lane, look.limit);
      const batch = await this.gate.among(() => this.asUsual({ ...look, limit }));
      if (batch.done.length > 0) this.sizes.won(look.lane, look.listener.batch);
      return batch;
    } catch (error) {
      if (!(error instanceof LaneNeedsCare)) throw error;
      return error.dead.length > 0 ? this.afterDeath(look, error.dead) : this.alone(look);
    }
  }

  private async asUsual(look: Look): Promise<Batch> {
    const { listener, lane } = look;
    const work = this.units.of(listener.module);
    if (listener.style === 'outside') return deliverOutside(work, look);
    if (listener.style === 'inside' && this.isWary(lane)) return this.carefully(look);
    try {
      const deliver = listener.style === 'together' ? deliverTogether : deliverBatch;
      const mode = unitOf(listener, look.limit);
      const batch = await openToBury(work, mode, (unit) => deliver(unit, look));
      // Not where somebody else has the lane: of several processes, each would forget what it has seen.
      if (batch.outcome === 'worked') this.strikes.delete(laneName(lane));
      return batch;
    } catch (error) {
      if (error instanceof LaneNeedsCare) throw error;
      if (error instanceof DeliveryGivenUp) return this.givenUp(look, error);
      if (error instanceof FarewellLost) return this.buryAlone(listener, error);
      if (lostConnection(error) && this.strike(lane) < STRIKES) throw error;
      if (error instanceof DeliveryFailed) return this.carefully(look);
      this.sizes.lost(lane);
      return this.carefully({ ...look, limit: 1 });
    }
  }

  /**
   * Does again, with care, what failed as a whole: a few deliveries behind each savepoint; and one at a time where the
   * unit itself fails at its commit, loses races, or loses its connection again and again. What a single delivery's unit
   * fails of is that delivery's attempt, recorded in a unit of its own: nothing may be tried for ever.
   */
  private async carefully(look: Look): Promise<Batch> {
    const { listener, lane, limit } = look;
    const work = this.units.of(listener.module);
    let head: ClaimedRow | undefined;
    const begun = (row: ClaimedRow) => {
      head = row;
      return look.begun?.(row);
    };
    try {
      const deliver = listener.style === 'together' ? deliverTogether : deliverCarefully;
      const mode = unitOf(listener, limit);
      const batch = await openToBury(work, mode, (unit) => deliver(unit, { ...look, begun }));
      if (limit > 1 && batch.outcome === 'worked') this.strikes.delete(laneName(lane));
      return batch;
    } catch (error) {
      if (error instanceof LaneNeedsCare) throw error; // also where it was seen when a lost race was run again
      if (error instanceof DeliveryGivenUp) return this.givenUp(look, error);
      if (error instanceof FarewellLost) return this.buryAlone(listener, error);
      const row = head;
      if (!row || (lostConnection(error) && this.strike(lane) < STRIKES)) throw error;
      if (limit === 1) return this.record(listener, row, error);
      this.sizes.lost(lane);
      return this.carefully({ ...look, limit: 1 });
    }
  }

  /**
   * Records what was given up, whose unit is gone; its neighbours are done the next time. Where it is one of a batch, half of the
   * batch is tried, until it is alone.
   */
  private givenUp(look: Look, { row, reason }: DeliveryGivenUp): Promise<Batch> {
    if (row) return this.record(look.listener, row, reason);
    return this.carefully({ ...look, limit: Math.ceil(look.limit / 2) });
  }

  /** Buries alone what is dead, and whose `whenDead` has ended the unit of its neighbours: they are done the next time. */
  private buryAlone(listener: Listener, lost: FarewellLost): Promise<Batch> {
    const { row, identity } = lost.burial;
    return this.record(listener, row, lost, identity);
  }

  /** Records in a unit of its own what has become of a delivery. */
  private async record(
    listener: Listener,
    row: ClaimedRow,
    error: unknown,
    identity: Identity = this.identity,
  ): Promise<Batch> {
    const work = this.units.of(listener.module);
    const verdict = await recordAlone(work, listener, row, error, identity);
    return { outcome: 'worked', done: [], verdicts: verdict ? [verdict] : [] };
  }

  /** Tries the first delivery of a lane with nothing else in work in this process, and notes that before. */
  private alone(look: Look): Promise<Batch> {
    const { listener, lane } = look;
    const begun = (row: ClaimedRow) => this.inWork.alone(lane, row);
    const careful: Look = { ...look, limit: 1, alone: true, begun };
    return this.gate.byItself(async () => {
      try {
        if (listener.style === 'outside')
          return await deliverOutside(this.units.of(listener.module), careful);
        return await this.carefully(careful);
      } finally {
        this.inWork.notAlone(lane);
      }
    });
  }

  /** Finds out what processes that died in a lane have left there. */
  private async afterDeath(look: Look, dead: readonly string[]): Promise<Batch> {
    const { listener, lane, identity } = look;
    const work = this.units.of(listener.module);
    let absent = this.missing.note(dead);
    if (absent.soonMs > 0) {
      // Here, and not at the end of the queue, where the lane would wait behind all others once more.
      await pause(absent.soonMs);
      absent = this.missing.note(dead);
    }
    const leaseMs = leaseMsOf(listener);
    const inquiry = { listener, lane, dead, absent, instance: identity.instance, leaseMs };
    const asked = openToBury(work, unitOf(listener), (unit) => inquire(unit, inquiry));
    const finding = await asked.catch((error: unknown) => {
      if (error instanceof FarewellLost) return this.buryAlone(listener, error);
      throw error;
    });
    if ('outcome' in finding) return finding; // the next look asks about the others
    const { settled, verdicts } = finding;
    if (settled) {
      const sentence = `${dead.join(', ')} died at work for ${listener.name}: what was in work there is tried again alone`;
      this.log.warn(sentence);
    }
    return { outcome: settled ? 'worked' : 'busy', done: [], verdicts };
  }

  /** Whether a delivery of the lane has failed in one of the last batches: then this one may well fail too, as a whole. */
  private isWary(lane: Lane): boolean {
    const batches = this.wary.get(laneName(lane)) ?? 0;
    if (batches > 1) this.wary.set(laneName(lane), batches - 1);
    else this.wary.delete(laneName(lane));
    return batches > 0;
  }

  /** Counts how often in a row a lane has lost its connection: a handler that idles too long loses it every time. */
  private strike(lane: Lane): number {
    const strikes = (this.strikes.get(laneName(lane)) ?? 0) + 1;
    this.strikes.set(laneName(lane), strikes);
    return strikes;
  }

  private report(lane: Lane, batch: Batch): void {
    const counts = this.counts.get(lane.listener) ?? { done: 0, failed: 0, dead: 0 };
    this.counts.set(lane.listener, counts);
    counts.done += batch.done.length;
    for (const { retryInMs, skipped } of batch.verdicts)
      counts[retryInMs === undefined && !skipped ? 'dead' : 'failed'] += 1;
    this.tell(batch.done);
    if (batch.verdicts.length > 0) this.wary.set(laneName(lane), WARY_BATCHES);
    for (const verdict of batch.verdicts) {
      if (verdict.retryInMs !== undefined) this.retryLater(lane, verdict.retryInMs);
      this.say(verdict);
    }
  }

  /** A line for each delivery in its own trace; under backlog one for all of a batch, since each has its span in any case. */
  private tell(done: Batch['done']): void {
    const together = done.length;
    const [first] = done;
    if (first && together > LINES_EACH) {
      const events = `${first.id} to ${done[together - 1]?.id}`;
      inContext(first.context, () => this.log.info(`Heard ${first.type} and others`, { events, together }));
      return;
    }
    for (const { id, type, context } of done) {
      inContext(context, () => this.log.info(`Heard ${type}`, { event: id, together, [ONE_PER_CALL]: true }));
    }
  }

  private say(verdict: Verdict): void {
    const { listener, eventId, kind, attempt, error, retryInMs, skipped } = verdict;
    const fields = { delivery: `${listener} ${eventId}`, kind, attempt, error };
    if (skipped) {
      this.log.info('Delivery was refused, and is skipped', fields);
    } else if (retryInMs === undefined) {
      this.log.error(`Delivery is dead after attempt ${attempt}: see "banyan dead-letters list"`, fields);
    } else {
      this.log.warn(`Delivery failed, next attempt in ${Math.round(retryInMs)} ms`, fields);
    }
  }
}
