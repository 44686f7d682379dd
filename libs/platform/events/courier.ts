import { inContext } from '../telemetry/call-context.js';
import { ONE_PER_CALL, type PlatformLog } from '../telemetry/platform-log.js';
import { outsideUnits } from '../work/ambient.js';
import { lostConnection } from '../work/transient.js';
import type { UnitsOfWork } from '../work/units-of-work.js';
import { type Identity, recordVerdict, type Verdict } from './bury.js';
import { type Batch, DeliveryFailed, deliverBatch, deliverCarefully } from './deliver-inside.js';
import { deliverOutside } from './deliver-outside.js';
import { deliverTogether } from './deliver-together.js';
import { type Lane, type Listener, laneName } from './listener.js';
import type { ClaimedRow } from './sql/claim.js';

/** Batches that one wake-up may handle before the lane goes back to the end of the queue, so that none starves. */
const BATCHES_PER_WAKE_UP = 20;

/** Lost connections in a row that are taken for the database's trouble; those after them, for the delivery's. */
const STRIKES = 3;

/**
 * After a failure, so many batches of its lane are handled with care from the start. Where one delivery in a hundred fails, two batches in
 * three would be done twice otherwise.
 */
const WARY_BATCHES = 20;

/** How a wake-up ended, and what its lane needs next. */
export type LaneState = 'quiet' | 'busy' | 'more';

/** Makes deliveries happen: handed a lane, it works until nothing is left to do there. */
export class Courier {
  /** Lanes that have lost their connection since they last got anything done, and how often. */
  private readonly strikes = new Map<string, number>();

  /** Lanes in which a delivery has failed lately, and for how many batches they are still handled with care from the start. */
  private readonly wary = new Map<string, number>();

  /** What became of attempts at deliveries since the start, by listener. */
  readonly counts = new Map<string, { done: number; failed: number; dead: number }>();

  /** Lanes in work here, and whether to look into them once more before they are left. */
  private readonly inWork = new Map<string, { again: boolean }>();

  constructor(
    private readonly units: UnitsOfWork,
    private readonly listeners: ReadonlyMap<string, Listener>,
    private readonly identity: Identity,
    private readonly log: PlatformLog,
    private readonly retryLater: (lane: Lane, delayMs: number) => void,
  ) {}

  /**
   * Says that there is something new in a lane, if this process is at work in it: then it looks once more, and no wake-up is
   * needed. Without this, half of all jobs found nothing to do.
   */
  lookAgain(lane: Lane): boolean {
    const inWork = this.inWork.get(laneName(lane));
    if (inWork) inWork.again = true;
    return inWork !== undefined;
  }

  /** Handles what is due in a lane. */
  async work(lane: Lane): Promise<LaneState> {
    const listener = this.listeners.get(lane.listener);
    if (!listener) return 'quiet'; // a wake-up from before the listener's code was removed or moved away
    if (this.lookAgain(lane)) return 'quiet';
    const inWork = { again: false };
    this.inWork.set(laneName(lane), inWork);
    try {
      return await this.workOn(listener, lane, inWork);
    } finally {
      this.inWork.delete(laneName(lane));
    }
  }

  private async workOn(listener: Listener, lane: Lane, inWork: { again: boolean }): Promise<LaneState> {
    for (let batches = 0; batches < BATCHES_PER_WAKE_UP; batches++) {
      inWork.again = false;
      const batch = await outsideUnits(() => this.next(listener, lane));
      if (batch.outcome === 'busy') return 'busy';
      if (batch.outcome === 'empty' && !inWork.again) {
        this.inWork.delete(laneName(lane)); // in this very moment: who comes now must announce it again
        return 'quiet';
      }
      this.report(lane, batch);
    }
    return 'more';
  }

  private async next(listener: Listener, lane: Lane): Promise<Batch> {
    const work = this.units.of(listener.module);
    if (listener.style === 'outside') return deliverOutside(work, listener, lane, this.identity);
    if (listener.style === 'inside' && this.isWary(lane))
      return this.carefully(listener, lane, listener.batch);
    try {
      const batch = await work.open((unit) =>
        listener.style === 'together'
          ? deliverTogether(unit, listener, lane, listener.batch, this.identity)
          : deliverBatch(unit, listener, lane, listener.batch),
      );
      this.strikes.delete(laneName(lane));
      return batch;
    } catch (error) {
      if (lostConnection(error) && this.strike(lane) < STRIKES) throw error;
      return this.carefully(listener, lane, error instanceof DeliveryFailed ? listener.batch : 1);
    }
  }

  /**
   * Does again, with care, what failed as a whole: delivery by delivery behind savepoints; and one at a time where the
   * unit itself fails at its commit, loses races, or loses its connection again and again. What a single delivery's unit
   * fails of is that delivery's attempt, recorded in a unit of its own: nothing may be tried for ever.
   */
  private async carefully(listener: Listener, lane: Lane, limit: number): Promise<Batch> {
    const work = this.units.of(listener.module);
    let head: ClaimedRow | undefined;
    const begun = (row: ClaimedRow) => {
      head = row;
    };
    try {
      const { identity } = this;
      const batch = await work.open((unit) =>
        listener.style === 'together'
          ? deliverTogether(unit, listener, lane, limit, identity, begun)
          : deliverCarefully(unit, listener, lane, limit, { identity, begun }),
      );
      if (limit > 1) this.strikes.delete(laneName(lane));
      return batch;
    } catch (error) {
      const row = head;
      if (!row || (lostConnection(error) && this.strike(lane) < STRIKES)) throw error;
      if (limit > 1) return this.carefully(listener, lane, 1);
      const verdict = await work.open((unit) => recordVerdict(unit, listener, row, error, this.identity));
      return { outcome: 'worked', done: [], verdicts: verdict ? [verdict] : [] };
    }
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
    for (const { retryInMs } of batch.verdicts) counts[retryInMs === undefined ? 'dead' : 'failed'] += 1;
    for (const { id, type, context } of batch.done) {
      inContext(context, () =>
        this.log.info(`Heard ${type}`, { event: id, together: batch.done.length, [ONE_PER_CALL]: true }),
      );
    }
    if (batch.verdicts.length > 0) this.wary.set(laneName(lane), WARY_BATCHES);
    for (const verdict of batch.verdicts) {
      if (verdict.retryInMs !== undefined) this.retryLater(lane, verdict.retryInMs);
      this.say(verdict);
    }
  }

  private say(verdict: Verdict): void {
    const { listener, eventId, kind, attempt, error, retryInMs } = verdict;
    const fields = { delivery: `${listener} ${eventId}`, kind, attempt, error };
    if (retryInMs === undefined) {
      this.log.error(`Delivery is dead after attempt ${attempt}: see "banyan dead-letters list"`, fields);
    } else {
      this.log.warn(`Delivery failed, next attempt in ${Math.round(retryInMs)} ms`, fields);
    }
  }
}
