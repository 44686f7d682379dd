import { createHash } from 'node:crypto';
import { scrubText } from '../telemetry/scrub.js';
import { type Actor, demand } from './act.js';
import type { DeadGroup } from './group-dead.js';
import type { DeadSource } from './list-dead.js';
import { shownBytes } from './shown-bytes.js';

/** Where a listener's name stands for a delivery, this stands for a stray job. */
export const TRANSPORT = 'transport';

/**
 * Jobs in our queues that were no wake-ups of ours, all that are alike. There is no delivery in one, so nothing waits for it and
 * nothing of it can be replayed; what it should have woken is found without it.
 */
export interface StrayJob {
  readonly origin: typeof TRANSPORT;
  /** A decimal string. */
  readonly id: string;
  readonly queue: string;
  readonly reason: 'damaged' | 'no wake-up' | 'no such listener' | 'no such lane';
  readonly explanation: string;
  /** 12 hex digits: the same for those alike, whenever they come and whoever finds them. */
  readonly group: string;
  /** How many have come. */
  readonly times: number;
  readonly firstAt: Date;
  readonly lastAt: Date;
  /** Of the latest of them, as all that follows. */
  readonly jobId: string;
  readonly name: string;
  /** Who found it. */
  readonly app: string;
  readonly instance: string;
}

/** A stray job with what stood in the queue. Secrets in it are hidden, and bytes that are no text are written as `\xff`. */
export interface StrayStory extends StrayJob {
  /** Its data, of which 4,096 bytes are kept. */
  readonly content: string;
  readonly options: string;
  /** What somebody has decided about it; null while nobody has. */
  readonly settled: {
    readonly as: 'discarded' | 'resolved';
    readonly at: Date;
    readonly who: string;
    readonly why: string;
  } | null;
}

const FIELDS = `s.id::text, s.queue, s.reason, s.likeness, s.explanation, s.times::float8 as times, s.first_at as "firstAt",
  s.last_at as "lastAt", s.job_id as "jobId", s.name, s.app, s.instance`;

const LIST = `select ${FIELDS} from banyan.stray_jobs s where s.settled_at is null order by s.last_at desc, s.id desc limit $1`;

const COUNT = `select count(*)::int as dead, min(first_at) as oldest, max(last_at) as newest
from banyan.stray_jobs where settled_at is null`;

const SHOW = `select ${FIELDS}, s.content, s.options, s.settled_as as "as", s.settled_at as "at", s.settled_by as who, s.settled_because as why
from banyan.stray_jobs s where s.id = $1`;

const SETTLE = `update banyan.stray_jobs set settled_as = $2, settled_at = clock_timestamp(), settled_by = $3, settled_because = $4
where id = $1 and settled_at is null returning id`;

interface ListedRow extends Omit<StrayJob, 'origin' | 'group'> {
  readonly likeness: string;
}
interface ShownRow extends ListedRow {
  readonly content: Buffer;
  readonly options: Buffer;
  readonly as: 'discarded' | 'resolved' | null;
  readonly at: Date;
  readonly who: string;
  readonly why: string;
}

/**
 * Lists the stray jobs that nobody has decided about, the latest first.
 *
 * @param options.limit at most so many; default all, which are some twenty for each queue and reason
 */
export async function listStrays(source: DeadSource, options: { limit?: number } = {}): Promise<StrayJob[]> {
  return ((await source.query(LIST, [options.limit ?? null])).rows as ListedRow[]).map(toStray);
}

/** Counts them: one for all that are alike. */
export async function countStrays(
  source: DeadSource,
): Promise<{ dead: number; oldest: Date | null; newest: Date | null }> {
  const [row] = (await source.query(COUNT, [])).rows;
  return row as { dead: number; oldest: Date | null; newest: Date | null };
}

/** Tells all of one, whether somebody has decided about it or not. @returns undefined when there is none of that id */
export async function showStray(source: DeadSource, id: string): Promise<StrayStory | undefined> {
  const [row] = (await source.query(SHOW, [id])).rows as ShownRow[];
  if (!row) return undefined;
  const { content, options, as, at, who, why, ...listed } = row;
  return {
    ...toStray(listed),
    content: shownBytes(content),
    options: shownBytes(options),
    settled: as === null ? null : { as, at, who, why },
  };
}

/**
 * Notes what somebody has decided about a stray job, for good: when its like comes again, it is recorded anew.
 *
 * @param actor with a reason, or the evidence
 * @returns whether nobody had decided before
 */
export async function settleStray(
  source: DeadSource,
  id: string,
  action: 'discard' | 'resolve',
  actor: Actor,
): Promise<boolean> {
  demand(actor, action);
  const as = action === 'discard' ? 'discarded' : 'resolved';
  return (await source.query(SETTLE, [id, as, actor.who, actor.why])).rows.length > 0;
}

/** A stray job among the groups: it is one by itself, since those alike are counted in one. */
export function groupOfStray({
  group,
  id,
  reason,
  explanation,
  times,
  firstAt,
  lastAt,
}: StrayJob): DeadGroup {
  const place = { listener: TRANSPORT, eventId: id };
  const cause = { group, errorClass: reason, message: explanation, frame: null, root: null };
  const size = { dead: 1, jobs: times, listeners: [{ listener: TRANSPORT, dead: 1 }] };
  return { origin: TRANSPORT, ...cause, ...size, oldest: firstAt, newest: lastAt, sample: place };
}

function toStray({ likeness, explanation, jobId, name, ...row }: ListedRow): StrayJob {
  const facts = [TRANSPORT, row.queue, row.reason, likeness].join('\n');
  return {
    origin: TRANSPORT,
    ...row,
    explanation: scrubText(explanation),
    jobId: scrubText(jobId),
    name: scrubText(name),
    group: createHash('sha256').update(facts).digest('hex').slice(0, 12),
  };
}
