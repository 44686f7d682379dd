import type { FailureKind } from '../events/retry-policy.js';
import { readOrigin } from '../telemetry/origin.js';
import { scrubText } from '../telemetry/scrub.js';
import { causeOf } from './cause/cause.js';

/** What the lists are read from: a client or a pool of `pg`, as a role that sees all deliveries (the owner of the tables). */
export interface DeadSource {
  query(sql: string, parameters: unknown[]): Promise<{ rows: unknown[] }>;
}

/** One delivery that gave up. */
export interface DeadLetter {
  readonly origin: 'delivery';
  readonly listener: string;
  /** Id of the event: a decimal string. */
  readonly eventId: string;
  /** Null, as is the version, where the event itself is gone. */
  readonly type: string | null;
  readonly version: number | null;
  /** The ordering key that it holds up; null for listeners without order. */
  readonly key: string | null;
  /** Deliveries of the same listener and key that wait behind it. */
  readonly waiting: number;
  readonly occurredAt: Date | null;
  /** When it gave up. */
  readonly diedAt: Date;
  readonly attempts: number;
  /** The group of its cause: the same for all that gave up for the same reason. */
  readonly group: string;
  /** The attempt that it died of, secrets hidden; null when that was not recorded. */
  readonly lastError: {
    readonly kind: FailureKind;
    readonly class: string;
    readonly message: string;
  } | null;
  /** 32 hex digits: the trace that the event was published under, in which its deliveries run; null when it is not valid. */
  readonly traceId: string | null;
}

/** How many deliveries of a listener gave up, and when. */
export interface DeadCount {
  readonly listener: string;
  readonly dead: number;
  readonly oldest: Date;
  readonly newest: Date;
}

// "state = 'dead'" leads to the index of the dead, in the order of their deaths, instead of through the whole table.
const DEAD = `d.state = 'dead' and ($1::text is null or d.listener = $1)`;

const LIST = `
select d.listener, d.event_id as "eventId", e.type, e.version, d.key, d.attempts, d.settled_at as "diedAt",
  e.occurred_at as "occurredAt", e.traceparent, last.kind, last.error_class as "errorClass", last.message, last.stack,
  case when d.key is null then 0 else (
    select count(*)::int from banyan.deliveries w
    where w.listener = d.listener and w.partition = d.partition and w.key = d.key and w.event_id > d.event_id and w.state = 'pending'
  ) end as waiting
from banyan.deliveries d
left join banyan.events e on e.id = d.event_id
left join lateral (
  select kind, error_class, message, stack from banyan.attempts a
  where a.listener = d.listener and a.event_id = d.event_id order by a.attempt desc, a.id desc limit 1
) last on true
where ${DEAD}
order by d.settled_at desc, d.event_id desc, d.listener
limit $2`;

const COUNT = `
select d.listener, count(*)::int as dead, min(d.settled_at) as oldest, max(d.settled_at) as newest
from banyan.deliveries d where ${DEAD}
group by d.listener order by dead desc, d.listener`;

interface ListedRow extends Omit<DeadLetter, 'origin' | 'lastError' | 'traceId' | 'group'> {
  readonly traceparent: string | null;
  readonly kind: FailureKind | null;
  readonly errorClass: string;
  readonly message: string;
  readonly stack: string | null;
}

/**
 * Lists what gave up, the latest first.
 *
 * @param options.limit at most so many, default 50
 * @param options.listener only of this listener
 */
export async function listDead(
  source: DeadSource,
  options: { limit?: number; listener?: string } = {},
): Promise<DeadLetter[]> {
  const { rows } = await source.query(LIST, [options.listener ?? null, options.limit ?? 50]);
  return (rows as ListedRow[]).map(({ traceparent, kind, errorClass, message, stack, ...row }) => ({
    origin: 'delivery',
    ...row,
    group: causeOf(kind === null ? null : { errorClass, message, stack }).group,
    lastError: kind === null ? null : { kind, class: errorClass, message: scrubText(message) },
    traceId: readOrigin(traceparent ?? '').trace?.traceId ?? null,
  }));
}

/** Counts what gave up, per listener, the most first. */
export async function countDead(
  source: DeadSource,
  options: { listener?: string } = {},
): Promise<DeadCount[]> {
  const { rows } = await source.query(COUNT, [options.listener ?? null]);
  return rows as DeadCount[];
}
