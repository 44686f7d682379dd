import type { Effect } from '../conservation/effects.js';
import { readOrigin } from '../telemetry/origin.js';
import { scrub, scrubText } from '../telemetry/scrub.js';
import { type Cause, causeOf } from './cause/cause.js';
import type { DeadSource } from './list-dead.js';

/** One delivery with all that is known of it. Secrets in payload, messages and stacks are hidden. */
export interface DeliveryStory {
  readonly listener: string;
  readonly eventId: string;
  readonly state: string;
  /** Why it was skipped, what killed it, or who settled it and why. */
  readonly reason: string | null;
  readonly failedAttempts: number;
  readonly dueAt: Date;
  readonly settledAt: Date | null;
  readonly ordered: boolean;
  /** Deliveries of the same listener and key that wait behind it. */
  readonly waiting: number;
  /** Id of the earliest delivery of its key that failed and that it waits behind; null when nothing holds it up. */
  readonly waitsBehind: string | null;
  /** The event with its version that running code does not know yet: `PaymentConfirmed@3`; null when it waits for no code. */
  readonly waitsFor: string | null;
  /** Why it gave up; null unless it is dead. */
  readonly cause: Cause | null;
  /** Null when the event itself is gone. */
  readonly event: StoredEvent | null;
  readonly attempts: readonly Attempt[];
  readonly actions: readonly Action[];
  /** What is known of its calls to the outside world; null when it has made none. */
  readonly effect: Effect | null;
}

/** The event that was delivered. */
export interface StoredEvent {
  readonly type: string;
  readonly version: number;
  /** Who published it. */
  readonly module: string;
  readonly key: string | null;
  readonly occurredAt: Date;
  readonly traceId: string | null;
  /** Id of the first event of the conversation; null: this one is. */
  readonly conversation: string | null;
  /** Id of the event whose delivery published this one. */
  readonly causation: string | null;
  readonly hops: number;
  readonly payload: unknown;
}

/** One attempt that failed. */
export interface Attempt {
  readonly attempt: number;
  readonly kind: string;
  readonly errorClass: string;
  readonly message: string;
  readonly stack: string | null;
  readonly app: string;
  readonly instance: string;
  readonly traceparent: string;
  readonly at: Date;
}

/** What somebody did with it. */
export interface Action {
  readonly action: string;
  readonly who: string;
  readonly why: string | null;
  readonly before: string;
  readonly after: string;
  readonly attempts: number;
  readonly group: string | null;
  readonly at: Date;
}

const DELIVERY = `select d.listener, d.event_id as "eventId", d.state, d.reason, d.attempts as "failedAttempts", d.due_at as "dueAt",
  d.settled_at as "settledAt", d.key is not null as ordered, d.waits_for as "waitsFor",
  case when d.key is null then 0 else (
    select count(*)::int from banyan.deliveries w
    where w.listener = d.listener and w.partition = d.partition and w.key = d.key and w.event_id > d.event_id and w.state = 'pending'
  ) end as waiting,
  case when d.state = 'pending' then (
    select min(h.event_id) from banyan.deliveries h
    where h.listener = d.listener and h.key = d.key and h.event_id < d.event_id and (h.attempts > 0 or h.waits_for is not null) and h.state in ('pending', 'dead')
  ) end as "waitsBehind",
  (select json_build_object('type', e.type, 'version', e.version, 'module', e.module, 'key', e.key, 'occurredAt', e.occurred_at,
    'traceId', e.traceparent, 'conversation', e.conversation::text, 'causation', e.causation::text, 'hops', e.hops, 'payload', e.payload)
   from banyan.events e where e.id = d.event_id) as event
from banyan.deliveries d where d.listener = $1 and d.event_id = $2`;

const ATTEMPTS = `select attempt, kind, error_class as "errorClass", message, stack, app, instance, traceparent, at
from banyan.attempts where listener = $1 and event_id = $2 order by attempt, id`;

const EFFECT = `select effect_key as key, outcome, calls, first_call_at as "firstAt", last_call_at as "lastAt", app, instance
from banyan.effects where listener = $1 and event_id = $2`;

const ACTIONS = `select action, who, why, state_before as before, state_after as after, attempts, cause as "group", at
from banyan.dead_letter_actions where listener = $1 and event_id = $2 order by id`;

type DeliveryRow = Omit<DeliveryStory, 'cause' | 'event' | 'attempts' | 'actions' | 'effect'> & {
  readonly event: (Omit<StoredEvent, 'occurredAt'> & { readonly occurredAt: string }) | null;
};

/**
 * Tells all of one delivery, whatever its state.
 *
 * @returns undefined when there is no such delivery
 */
export async function showDelivery(
  source: DeadSource,
  listener: string,
  eventId: string,
): Promise<DeliveryStory | undefined> {
  const [delivery] = (await source.query(DELIVERY, [listener, eventId])).rows as DeliveryRow[];
  if (!delivery) return undefined;
  const attempts = (await source.query(ATTEMPTS, [listener, eventId])).rows as Attempt[];
  const actions = (await source.query(ACTIONS, [listener, eventId])).rows as Action[];
  const [effect] = (await source.query(EFFECT, [listener, eventId])).rows as Effect[];
  const last = attempts.at(-1);
  return {
    ...delivery,
    reason: delivery.reason === null ? null : scrubText(delivery.reason),
    cause: delivery.state === 'dead' ? causeOf(last ?? null) : null,
    event: delivery.event && {
      ...delivery.event,
      occurredAt: new Date(delivery.event.occurredAt),
      traceId: readOrigin(delivery.event.traceId ?? '').trace?.traceId ?? null,
      payload: scrub(delivery.event.payload),
    },
    attempts: attempts.map((attempt) => ({
      ...attempt,
      message: scrubText(attempt.message),
      stack: attempt.stack === null ? null : scrubText(attempt.stack),
    })),
    actions,
    effect: effect ?? null,
  };
}
