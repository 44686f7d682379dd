import { Client } from 'pg';
import type { PlatformLog } from '../telemetry/platform-log.js';
import { dropSlice } from './drop-slice.js';
import { type Limits, planFor } from './plan.js';
import { type Database, readSlices } from './slices.js';

/** How often each process looks whether it can be the one that keeps house, in ms. */
const EVERY_MS = 5_000;

/** Slices that lie ahead of the one that is written, a million events each. */
const AHEAD = 2;

/** The floor stays below slices that were passed more lately than this: a publisher may still commit what it began in them. */
const UNSETTLED = `interval '60 seconds'`;

const LOCK = 'select pg_try_advisory_lock(7305, 2) as mine';

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
 * enough, and drops what is past its time. It works on a connection of its own, which it has only while it works, so that it goes on
 * while all others are taken.
 */
export class Keeper {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private client: Client | undefined;
  private stopped = false;
  private failing = false;
  private readonly told = new Map<string, string>();

  constructor(
    private readonly url: string,
    private readonly app: string,
    private readonly limits: Limits,
    private readonly log: PlatformLog,
  ) {}

  /** Looks from now on; the first time soon. */
  start(): void {
    this.schedule(EVERY_MS * Math.random());
  }

  /** What is under way is left as it is, for the next process to finish. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    const client = this.client as unknown as { connection: { stream: { destroy(): void } } } | undefined;
    client?.connection.stream.destroy();
    await this.running;
  }

  /** Does now what is to be done, unless another process does. @returns whether it was this one */
  async round(): Promise<boolean> {
    const client = new Client({
      connectionString: this.url,
      application_name: `${this.app} keeper`,
      connectionTimeoutMillis: 5_000,
      lock_timeout: 5_000,
      keepAlive: true,
    });
    client.on('error', () => undefined); // the statement under way reports it
    this.client = client;
    try {
      await client.connect();
      // Whoever keeps house may wait for a reader of an old slice for hours: each process sees to it that publishers have room.
      await client.query('select banyan.make_slices($1)', [AHEAD]);
      const { rows } = await client.query(LOCK);
      if (!rows[0].mine) return false;
      await this.keep(client);
      return true;
    } finally {
      this.client = undefined;
      await client.end().catch(() => undefined);
    }
  }

  private schedule(inMs: number): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.running = this.look().finally(() => this.schedule(EVERY_MS));
    }, inMs);
  }

  private async look(): Promise<void> {
    try {
      await this.round();
      if (this.failing) this.log.info('Slices of events are looked after again');
      this.failing = false;
    } catch (error) {
      if (!this.failing && !this.stopped)
        this.log.warn('Slices of events could not be looked after; trying on', { error });
      this.failing = true;
    }
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
      if (this.stopped) return;
      const range = `Events ${slice.low} to ${slice.high}`;
      if (state === 'held' && slice.passedAt)
        this.tell(slice.low, `${range} are kept beyond their time: ${why}`);
      if (state !== 'goes') continue;
      const kept = await dropSlice(database, slice);
      if (kept) this.tell(slice.low, `${range} are kept beyond their time: ${kept}`);
      else this.log.info(`${range} are dropped: ${why}`, { bytes: slice.bytes });
    }
  }

  /** Once for each reason: it is looked at every few seconds. */
  private tell(low: string, sentence: string): void {
    if (this.told.get(low) === sentence || sentence.includes('may still')) return;
    if (this.told.size > 1_000) this.told.clear();
    this.told.set(low, sentence);
    this.log.warn(sentence);
  }
}
