import type { Client } from 'pg';
import type { PlatformLog } from '../telemetry/platform-log.js';
import { Turns } from '../turns/index.js';
import { conservation } from './conservation.js';
import { compareGaps, type KnownGap, sentenceOf } from './known-gaps.js';

/** How often somebody looks at what is new, in ms; and how often at everything, without and with a gap that is known. */
const EVERY_MS = 5_000;
const COMPLETE_EVERY_MS = 600_000;
const COMPLETE_WITH_GAP_MS = 60_000;

/** A complete look takes at most one part in so many of the time of one process. */
const COMPLETE_SHARE = 50;

/** An event is looked at again and again until it is this old, in ms: what was begun before it may commit behind it. */
const SETTLES_MS = 30_000;

/** A look that is older than this says nothing any more, in ms. */
const STALE_MS = 60_000;

const AGE = (of: string) => `extract(epoch from clock_timestamp() - ${of}) * 1000`;
const READ = `select gaps, settled::text, next_settled::text as "nextSettled", complete_ms as "completeMs",
  (${AGE('looked_at')})::float8 as "ageMs", (${AGE('complete_at')})::float8 as "completeAgeMs", (${AGE('next_at')})::float8 as "nextAgeMs"
from banyan.conservation_looks`;
const NOW = `select (extract(epoch from clock_timestamp()) * 1000)::float8 as now, (select coalesce(max(id), 0)::text from banyan.events) as last`;
const WRITE = `insert into banyan.conservation_looks as l
  values (true, clock_timestamp(), clock_timestamp(), $2, 0, $3, clock_timestamp(), $4)
on conflict (one) do update set looked_at = excluded.looked_at, gaps = excluded.gaps,
  complete_at = case when $1 then excluded.complete_at else l.complete_at end,
  complete_ms = case when $1 then $2 else l.complete_ms end,
  settled = case when $5 then l.next_settled else l.settled end,
  next_settled = case when $5 then excluded.next_settled else l.next_settled end,
  next_at = case when $5 then excluded.next_at else l.next_at end`;

interface Look {
  readonly gaps: readonly KnownGap[];
  readonly settled: string;
  readonly completeMs: number;
  readonly ageMs: number;
  readonly completeAgeMs: number;
  readonly nextAgeMs: number;
}

/** Runs one statement as the owner of the tables, and answers with its rows: a DataSource. */
interface Source {
  query(sql: string): Promise<unknown>;
}

/**
 * Looks for gaps all the time, in one process at a time: every 5 s at the events of the last minute, every ten minutes at everything.
 * What it finds stands in the database, so that each process shows it, and whoever looks next says nothing twice.
 */
export class ConservationWatch {
  private last: { readonly look: Look; readonly readAt: number } | undefined;
  private readonly turns: Turns;

  constructor(
    private readonly source: Source,
    url: string,
    app: string,
    private readonly log: PlatformLog,
  ) {
    this.turns = new Turns({
      ...{ url, app, log, of: 'conservation', everyMs: EVERY_MS, timeouts: { statement_timeout: 300_000 } },
      says: { failed: 'Conservation could not be looked at', again: 'Conservation is looked at again' },
    });
  }

  start(): void {
    this.turns.start(() => this.look(), EVERY_MS * 0.2);
  }

  /** A look under way is given up; the next process takes it up. */
  stop(): Promise<void> {
    return this.turns.stop();
  }

  /** What is known now, whoever found it; undefined while nobody has looked within the last minute. */
  get gaps(): readonly KnownGap[] | undefined {
    if (!this.last || this.last.look.ageMs + performance.now() - this.last.readAt > STALE_MS)
      return undefined;
    return this.last.look.gaps;
  }

  /** @throws Error naming the gaps that have been told */
  check(): void {
    const told = this.gaps?.filter((gap) => gap.told > 0) ?? [];
    if (told.length === 0) return;
    throw new Error(`${told.map(sentenceOf).join('; ')}. See npx banyan events conservation.`);
  }

  /** Looks, where nobody else does or has lately. @returns whether it was this process */
  round(): Promise<boolean> {
    return this.turns.take(async (client) => {
      const [before] = (await client.query(READ)).rows as Look[];
      if (before && before.ageMs < EVERY_MS) return false;
      await this.lookOn(client, before);
      this.know((await client.query(READ)).rows[0]);
      return true;
    });
  }

  private async lookOn(client: Client, before: Look | undefined): Promise<void> {
    const { now, last } = (await client.query(NOW)).rows[0] as { now: number; last: string };
    const complete = !before || isDue(before);
    const after = complete ? '0' : before.settled;
    const began = performance.now();
    const { gaps: found } = await conservation(client, { after });
    const took = performance.now() - began;
    const { gaps, toTell, mended } = compareGaps(before?.gaps ?? [], found, after, now);
    const settles = before !== undefined && before.nextAgeMs >= SETTLES_MS;
    await client.query(WRITE, [complete, took, last, JSON.stringify(gaps), settles]);
    for (const gap of toTell)
      this.log.error(`Events do not add up: ${sentenceOf(gap)}. See npx banyan events conservation.`);
    for (const gap of mended) this.log.info(`Events add up again: no longer true is that ${sentenceOf(gap)}`);
  }

  private know(look: Look | undefined): void {
    this.last = look && { look, readAt: performance.now() };
  }

  /** Others look most of the time: then one statement tells what they found. */
  private async look(): Promise<void> {
    const [look] = (await this.source.query(READ)) as Look[];
    this.know(look);
    if (!look || look.ageMs >= EVERY_MS) await this.round();
  }
}

function isDue({ gaps, completeAgeMs, completeMs }: Look): boolean {
  const every = gaps.length > 0 ? COMPLETE_WITH_GAP_MS : COMPLETE_EVERY_MS;
  return completeAgeMs >= Math.max(every, COMPLETE_SHARE * completeMs);
}
