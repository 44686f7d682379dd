import { scrubText } from '../telemetry/scrub.js';
import type { Reader } from './reader.js';

/** The calls to the outside world that a delivery has led to, as the effect ledger has them. */
export interface Effect {
  /** Idempotency key of all of them. */
  readonly key: string;
  /** unknown: may have had its effect; done: its result is recorded; failed: has had none. */
  readonly outcome: 'unknown' | 'done' | 'failed';
  readonly calls: number;
  readonly firstAt: Date;
  readonly lastAt: Date;
  /** Who made the last one. */
  readonly app: string;
  readonly instance: string;
}

/** An effect with its delivery. */
export interface EffectToShow extends Effect {
  readonly listener: string;
  readonly eventId: string;
  /** What has become of the delivery. */
  readonly state: string;
  /** When it is tried again, if it is pending; while a call is out, when it is given up for lost. */
  readonly dueAt: Date;
  /** Of the last attempt that is recorded as failed. Secrets are hidden. */
  readonly lastError: string | null;
}

/** The latest effects, by the numbers of their events, and how many there are in all. */
export interface Effects {
  readonly total: number;
  readonly effects: readonly EffectToShow[];
}

// What somebody has resolved or discarded has been looked at. The states come first: there is an index of each, and the rest is not read.
const OPEN_QUESTIONS = `state in ('pending', 'dead') and outcome = 'unknown'`;

const LIST = (
  which: string,
) => `select listener, event_id as "eventId", effect_key as key, outcome, calls, first_call_at as "firstAt",
  last_call_at as "lastAt", app, instance, state, due_at as "dueAt", last_error as "lastError"
from banyan.effects where ($1::text is null or listener = $1) and ${which} order by event_id desc, listener limit $2`;
const COUNT = (which: string) =>
  `select count(*)::int as total from banyan.effects where ($1::text is null or listener = $1) and ${which}`;

/**
 * Lists effects, the latest first. All that are kept are read for it, unless only the unknown ones are asked for.
 *
 * @param options.unknown only those that may have had their effect without a result, and that nobody has settled
 */
export async function listEffects(
  source: Reader,
  options: { readonly unknown?: boolean; readonly listener?: string; readonly limit: number },
): Promise<Effects> {
  const which = options.unknown ? OPEN_QUESTIONS : 'true';
  const listener = options.listener ?? null;
  const { rows } = await source.query(LIST(which), [listener, options.limit]);
  const counted = await source.query(COUNT(which), [listener]);
  return {
    total: (counted.rows as { total: number }[])[0]?.total ?? 0,
    effects: (rows as EffectToShow[]).map((row) => ({
      ...row,
      lastError: row.lastError === null ? null : scrubText(row.lastError),
    })),
  };
}
