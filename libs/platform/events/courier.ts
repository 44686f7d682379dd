import { inContext } from '../telemetry/call-context.js';
import type { PlatformLog } from '../telemetry/platform-log.js';
import { outsideUnits } from '../work/ambient.js';
import { lostRace } from '../work/transient.js';
import type { UnitsOfWork } from '../work/units-of-work.js';
import type { Identity, Verdict } from './bury.js';
import { type Batch, DeliveryFailed, deliverBatch, deliverCarefully } from './deliver-inside.js';
import { deliverOutside } from './deliver-outside.js';
import { type Lane, type Listener, laneName } from './listener.js';

/** Deliveries that share a transaction under backlog; with no backlog there is one in it. */
const BATCH = 100;

/** Batches that one wake-up may handle before the lane goes back to the end of the queue, so that none starves. */
const BATCHES_PER_WAKE_UP = 20;

/** How a wake-up ended, and what its lane needs next. */
export type LaneState = 'quiet' | 'busy' | 'more';

/** Makes deliveries happen: handed a lane, it works until nothing is left to do there. */
export class Courier {
  /** Deliveries handled since the start, per listener. */
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
      if (batch.outcome === 'empty' && !inWork.again) return 'quiet';
      this.report(listener, lane, batch);
    }
    return 'more';
  }

  private async next(listener: Listener, lane: Lane): Promise<Batch> {
    const work = this.units.of(listener.module);
    if (listener.style === 'outside') return deliverOutside(work, listener, lane, this.identity);
    try {
      return await work.open((unit) => deliverBatch(unit, listener, lane, BATCH));
    } catch (error) {
      // Batches that fight each other over rows do so less when they are small.
      const limit = lostRace(error) ? 1 : BATCH;
      if (limit === BATCH && !(error instanceof DeliveryFailed)) throw error;
      return await work.open((unit) => deliverCarefully(unit, listener, lane, limit, this.identity));
    }
  }

  private report(listener: Listener, lane: Lane, batch: Batch): void {
    const counts = this.counts.get(listener.name) ?? { done: 0, failed: 0, dead: 0 };
    this.counts.set(listener.name, counts);
    counts.done += batch.done.length;
    for (const { id, type, context } of batch.done) {
      inContext(context, () => this.log.info(`Heard ${type}`, { event: id, together: batch.done.length }));
    }
    for (const verdict of batch.verdicts) {
      counts.failed++;
      if (verdict.retryInMs === undefined) counts.dead++;
      else this.retryLater(lane, verdict.retryInMs);
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
