import type { PlatformLog } from '../telemetry/platform-log.js';
import { Turns } from '../turns/index.js';
import { endAudits } from './audit.js';
import { dropSlice } from './drop-slice.js';
import { type Limits, planFor } from './plan.js';
import { type Database, readSlices } from './slices.js';

/** How often each process looks whether it can be the one that keeps house, in ms. */
const EVERY_MS = 5_000;

/** How often whoever's turn it is looks after audits, in ms: they end by the day. */
const AUDITS_EVERY_MS = 3_600_000;

/** Slices that lie ahead of the one that is written, a million events each. */
const AHEAD = 2;

/** The floor stays below slices that were passed more lately than this: a publisher may still commit what it began in them. */
const UNSETTLED = `interval '60 seconds'`;

const MARK_PASSED = `update banyan.slices set passed_at = clock_timestamp() where passed_at is null
and high <= (select case when is_called then last_value + 1 else last_value end from banyan.events_id_seq)`;

// Two statements: the second one sees what was committed while the first one waited for the floor.
const TAKE_FLOOR = 'select low from banyan.work_floor for update';
const RAISE_FLOOR = `update banyan.work_floor set low = coalesce((select min(s.low) from banyan.slices s
  where s.passed_at is null or s.passed_at > clock_timestamp() - ${UNSETTLED}
    or exists (select from banyan.deliveries where event_id >= s.low and event_id < s.high and state = 'pending')
    or exists (select from banyan.deliveries where event_id >= s.low and event_id < s.high and state = 'dead')), low)`;

/**
 * Keeps house among the slices. Each process makes them ahead; one at a time ends the one that is written when it is old or large
 * enough, and drops what is past its time.
 */
export class Keeper {
  private readonly turns: Turns;
  private readonly told = new Map<string, string>();
  private auditsAt = Number.NEGATIVE_INFINITY;

  constructor(
    url: string,
    app: string,
    private readonly limits: Limits,
    private readonly log: PlatformLog,
  ) {
    this.turns = new Turns({
      ...{ url, app, log, of: 'keeper', everyMs: EVERY_MS, timeouts: { lock_timeout: 5_000 } },
      says: {
        failed: 'Slices of events could not be looked after',
        again: 'Slices of events are looked after again',
      },
    });
  }

  /** Looks from now on. */
  start(): void {
    this.turns.start(() => this.round());
  }

  /** What is under way is left as it is, for the next process to finish. */
  stop(): Promise<void> {
    return this.turns.stop();
  }

  /**
   * Does now what is to be done, unless another process does.
   *
   * @param now by which audits end, and are looked at again; milliseconds since the epoch
   * @returns whether it was this one
   */
  round(now: number = Date.now()): Promise<boolean> {
    return this.turns.take(
      async (client) => {
        await this.keep(client);
        await this.endAudits(client, now);
        return true;
      },
      // Whoever keeps house may wait for a reader of an old slice for hours: each process sees to it that publishers have room.
      (client) => client.query('select banyan.make_slices($1)', [AHEAD]),
    );
  }

  private async keep(database: Database): Promise<void> {
    await database.query(MARK_PASSED);
    await database.query('begin');
    await database.query(TAKE_FLOOR);
    await database.query(RAISE_FLOOR);
    await database.query('commit');
    const plan = planFor(await readSlices(database), this.limits, new Date());
    if (plan.endsOpen) {
      await database.query('select banyan.end_slice()');
      await database.query(MARK_PASSED);
      await database.query('select banyan.make_slices($1)', [AHEAD]);
    }
    for (const { slice, state, why } of plan.standings) {
      if (this.turns.stopped) return;
      const range = `Events ${slice.low} to ${slice.high}`;
      if (state === 'held' && slice.passedAt)
        this.tell(slice.low, `${range} are kept beyond their time: ${why}`);
      if (state !== 'goes') continue;
      const kept = await dropSlice(database, slice);
      if (kept) this.tell(slice.low, `${range} are kept beyond their time: ${kept}`);
      else this.log.info(`${range} are dropped: ${why}`, { bytes: slice.bytes });
    }
  }

  private async endAudits(database: Database, now: number): Promise<void> {
    if (now - this.auditsAt < AUDITS_EVERY_MS || this.turns.stopped) return;
    const before = new Date(now - this.limits.auditMs);
    const ended = await endAudits(database, before, () => this.turns.stopped);
    this.auditsAt = now;
    if (Object.keys(ended).length > 0)
      this.log.info('What was done long ago is dropped from the audit (AUDIT_KEEP_DAYS)', ended);
  }

  /** Once for each reason: it is looked at every few seconds. */
  private tell(low: string, sentence: string): void {
    if (this.told.get(low) === sentence || sentence.includes('may still')) return;
    if (this.told.size > 1_000) this.told.clear();
    this.told.set(low, sentence);
    this.log.warn(sentence);
  }
}
