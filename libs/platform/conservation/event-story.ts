import { readOrigin } from '../telemetry/origin.js';
import { scrub } from '../telemetry/scrub.js';
import { inSnapshot, type Reader } from './reader.js';

/** One event of a conversation: what it was, how its deliveries stand, and what it caused. */
export interface EventStory {
  readonly id: string;
  readonly type: string;
  readonly version: number;
  /** Who published it. */
  readonly module: string;
  readonly key: string | null;
  readonly occurredAt: Date;
  readonly deliveries: readonly DeliveryState[];
  /** The events that its deliveries published, in their order. */
  readonly caused: readonly EventStory[];
}

/** How one delivery stands. */
export interface DeliveryState {
  readonly listener: string;
  readonly state: string;
  /** Failed ones. */
  readonly attempts: number;
  readonly reason: string | null;
  readonly settledAt: Date | null;
}

/** An event with everything around it. Secrets in the payload are hidden. */
export interface EventInContext extends EventStory {
  readonly payload: unknown;
  readonly hops: number;
  readonly traceId: string | null;
  /** Whose data it was about; null where nobody said. */
  readonly tenant: string | null;
  /** Id of the event that began the conversation; its own where it did. */
  readonly conversation: string;
  /** Id of the event whose delivery published this one; null for the first. */
  readonly causation: string | null;
}

const EVENT = `select id, type, version, module, key, occurred_at as "occurredAt", payload, hops, traceparent,
  coalesce(conversation, id) as conversation, causation from banyan.events where id = $1`;

// What an event caused came after it and in its conversation, so that the primary key leads there without an index of its own,
// which every event would have to pay for. From an event in the middle of 400,000: 0.1 s.
const FOLLOWERS = `with recursive conversation as materialized (
  select id, type, version, module, key, occurred_at, causation from banyan.events where id > $1 and conversation = $2
), follower as (
  select * from conversation where causation = $1
  union all
  select c.* from conversation c join follower f on c.causation = f.id
)
select id, type, version, module, key, occurred_at as "occurredAt", causation from follower order by id limit 1000`;

const DELIVERIES = `select event_id as "eventId", listener, state, attempts, reason, settled_at as "settledAt"
from banyan.deliveries where listener = any (select name from banyan.listeners union select distinct listener from banyan.subscriptions)
  and event_id = any($1::bigint[]) order by listener`;

type EventRow = Omit<EventStory, 'deliveries' | 'caused'> & { readonly causation: string | null };
type FirstRow = EventRow & {
  readonly payload: unknown;
  readonly hops: number;
  readonly traceparent: string;
  readonly conversation: string;
};
type DeliveryRow = DeliveryState & { readonly eventId: string };

/**
 * Looks up an event, its deliveries, and the chain of events that they caused (the first 1,000).
 *
 * @param reader one connection: it works in a transaction of its own
 * @returns undefined when there is no such event
 */
export function eventStory(reader: Reader, id: string): Promise<EventInContext | undefined> {
  return inSnapshot(reader, async () => {
    const [first] = (await reader.query(EVENT, [id])).rows as FirstRow[];
    if (!first) return undefined;
    const followers = (await reader.query(FOLLOWERS, [id, first.conversation])).rows as EventRow[];
    const ids = [id, ...followers.map((event) => event.id)];
    const deliveries = (await reader.query(DELIVERIES, [ids])).rows as DeliveryRow[];
    const origin = readOrigin(first.traceparent);
    const { traceparent: _, payload, hops, conversation, causation, ...event } = first;
    return {
      ...toStory(event, followers, deliveries),
      payload: scrub(payload),
      hops,
      traceId: origin.trace?.traceId ?? null,
      tenant: origin.tenant ?? null,
      conversation,
      causation,
    };
  });
}

function toStory(
  { id, type, version, module, key, occurredAt }: Omit<EventRow, 'causation'>,
  followers: readonly EventRow[],
  deliveries: readonly DeliveryRow[],
): EventStory {
  const own = deliveries.filter((delivery) => delivery.eventId === id);
  const caused = followers.filter((event) => event.causation === id);
  return {
    ...{ id, type, version, module, key, occurredAt },
    deliveries: own.map(({ eventId: _, ...delivery }) => delivery),
    caused: caused.map((event) => toStory(event, followers, deliveries)),
  };
}
