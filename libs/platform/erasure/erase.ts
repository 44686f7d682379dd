import type { Reader } from '../conservation/index.js';
import { ERASED } from '../events/personal.js';
import { LOCK_CLASS, LOCKS } from '../turns/index.js';
import { type ElsewhereCounts, eraseAtOthers } from './elsewhere.js';
import { ErasureRefused, eventsOf, type Found, type Subject } from './find.js';
import { eraseEverywhere, eraseInTraces, type KeptCounts, type StoreClient, tidyKept } from './kept.js';
import { Said } from './said.js';
import { Words } from './words.js';

/** A delivery that may still need what would be erased. */
export interface Undelivered {
  readonly listener: string;
  readonly eventId: string;
  readonly state: 'pending' | 'dead';
}

/** What an erasure would do, or has done. */
export interface Erasure {
  /** Events with something to erase, or in which it was erased, by type. */
  readonly events: Readonly<Record<string, number>>;
  /** Deliveries of those events that are pending or dead, the first 20, and how many they are. */
  readonly undelivered: readonly Undelivered[];
  readonly undeliveredCount: number;
  /** Attempts whose message and stack were dropped, reasons of deliveries, actions on dead letters. */
  readonly attempts: number;
  readonly reasons: number;
  readonly actions: number;
  /** The same at events of others, from whose texts only what is said of the subject goes. */
  readonly atOthers: ElsewhereCounts;
  /** Lines and spans that are kept; null where there is no store. */
  readonly kept: KeptCounts | null;
  /** Values that were looked for only in the traces of these events, since others are meant by them too. */
  readonly looked: { readonly inTraces: number; readonly everywhere: number; readonly tooMany: number };
}

/** Who erases, why, and how. */
export interface ErasureOrder {
  readonly who: string;
  readonly why: string;
  /** Erases also what deliveries that are pending or dead will hear. Default false: then they are refused. */
  readonly alsoUndelivered?: boolean;
}

/** Where else to look, and who hears how far it is. */
export interface Surroundings {
  /** The store of lines and spans; undefined where there is none. */
  readonly store?: StoreClient;
  readonly progress?: (text: string) => void;
}

const NAMED = 20;
const LOCK = `(${LOCK_CLASS}, ${LOCKS.erasure})`;

const LISTENERS = `listener = any (select name from banyan.listeners union select distinct listener from banyan.subscriptions)`;
const UNDELIVERED = `select listener, event_id::text as "eventId", state from banyan.deliveries
where ${LISTENERS} and event_id = any($1::bigint[]) and state in ('pending', 'dead') order by event_id, listener`;

const EVENTS = `update banyan.events e set payload = n.payload from json_to_recordset($2) as n(id bigint, payload json)
where e.id = n.id and e.id = any($1::bigint[])`;
// A message may hold a value in any form, so all of it goes; what people wrote is the audit, and only what it says of the person goes.
const ATTEMPTS = `update banyan.attempts set message = '${ERASED}', stack = null
where event_id = any($1::bigint[]) and (message <> '${ERASED}' or stack is not null)`;
const REASONS = `update banyan.deliveries set reason = '${ERASED}'
where ${LISTENERS} and event_id = any($1::bigint[]) and state not in ('discarded', 'resolved') and reason <> '${ERASED}'`;
const WRITTEN_REASONS = `update banyan.deliveries d set reason = regexp_replace(reason, n.pattern, '${ERASED}', 'gi')
from json_to_recordset($2) as n(id bigint, pattern text)
where ${LISTENERS} and event_id = n.id and event_id = any($1::bigint[]) and state in ('discarded', 'resolved') and reason ~* n.pattern`;
const ACTIONS = `update banyan.dead_letter_actions a
set reason_before = case when reason_before is not null then '${ERASED}' end, why = regexp_replace(why, n.pattern, '${ERASED}', 'gi')
from json_to_recordset($2) as n(id bigint, pattern text)
where ${LISTENERS} and event_id = n.id and event_id = any($1::bigint[]) and (reason_before <> '${ERASED}' or why ~* n.pattern)`;
const RECORD = `insert into banyan.erasures (subject_kind, subject_id, who, why, events, attempts, reasons, actions, lines, spans)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`;

/**
 * Says what {@link erase} would do, and does nothing.
 *
 * @throws ErasureRefused when nothing is declared about such subjects, or a slice is being dropped
 */
export async function previewErasure(
  client: Reader,
  subject: Subject,
  around: Surroundings = {},
): Promise<Erasure> {
  const { sum, said } = await lookUp(client, subject);
  await eraseAround(client, said, sum, around);
  return sum;
}

/**
 * Blanks what is about a subject in all its events, and drops the texts of their failed attempts, 500 events to a transaction, which also
 * records it. Before that the same goes from what others' attempts, kept lines and spans say of it: once the events are blank, nobody knows
 * any more what to look for. Killed in the middle, the next run does the rest; a run that finds nothing changes nothing.
 *
 * @param client one connection, as the owner of the tables
 * @throws ErasureRefused before anything is changed, when a delivery still needs what would be erased, somebody else erases just now, or
 *   as {@link previewErasure}
 */
export async function erase(
  client: Client,
  subject: Subject,
  order: ErasureOrder,
  around: Surroundings = {},
): Promise<Erasure> {
  if (order.who.trim() === '' || order.why.trim() === '')
    throw new ErasureRefused('Say who erases and why: it is kept.');
  const [{ mine }] = (await client.query(`select pg_try_advisory_lock${LOCK} as mine`, [])).rows as [
    { mine: boolean },
  ];
  if (!mine) throw new ErasureRefused('Somebody else erases just now: run this again when that is done.');
  try {
    const { sum: found, said } = await lookUp(client, subject);
    if (!order.alsoUndelivered) refuseUndelivered(found);
    const sum = new Sum();
    await eraseAround(client, said, sum, around, (counts) => record(client, subject, order, counts));
    for await (const events of eventsOf(client, subject)) {
      await eraseBatch(client, subject, order, events, sum);
      around.progress?.(`Erased from ${Object.values(sum.events).reduce((all, one) => all + one, 0)} events`);
    }
    return sum;
  } finally {
    await client.query(`select pg_advisory_unlock${LOCK}`, []).catch(() => undefined); // gone with its connection
  }
}

/** What there is, and what it says. */
async function lookUp(client: Reader, subject: Subject): Promise<{ sum: Sum; said: Said }> {
  const sum = new Sum();
  const said = new Said();
  for await (const found of eventsOf(client, subject)) {
    said.add(found);
    const changed = found.filter((event) => event.changed);
    sum.addEvents(changed);
    sum.addUndelivered(await undeliveredOf(client, changed));
  }
  return { sum, said };
}

/** Everything but the events themselves; only counted where nobody records it. */
async function eraseAround(
  client: Reader,
  said: Said,
  sum: Sum,
  { store, progress = () => undefined }: Surroundings,
  recorded?: (counts: Partial<Counts>) => Promise<void>,
): Promise<void> {
  const { inTraces, everywhere } = said.words();
  sum.looked = said.looked;
  if (store) {
    const apply = recorded !== undefined;
    const first = await eraseInTraces(store, said.traces, new Words(inTraces), apply);
    const rest = await eraseEverywhere(store, said.traces, new Words(everywhere), apply, progress);
    const kept = { lines: first.lines + rest.lines, spans: first.spans + rest.spans };
    sum.kept = kept;
    if (recorded && kept.lines + kept.spans > 0) {
      await recorded(kept);
      await tidyKept(store);
    }
  }
  sum.atOthers = await eraseAtOthers(
    client,
    new Words(everywhere),
    said.ids,
    recorded && { record: recorded },
  );
}

interface Counts extends ElsewhereCounts, KeptCounts {
  readonly events: number;
}

async function record(client: Reader, { kind, id }: Subject, order: ErasureOrder, counts: Partial<Counts>) {
  const { events = 0, attempts = 0, reasons = 0, actions = 0, lines = 0, spans = 0 } = counts;
  const all = [events, attempts, reasons, actions, lines, spans];
  await client.query(RECORD, [kind, id, order.who, order.why, ...all]);
}

/** A connection whose statements tell how many rows they changed. */
export interface Client extends Reader {
  query(sql: string, parameters: unknown[]): Promise<{ rows: unknown[]; rowCount: number | null }>;
}

async function eraseBatch(client: Client, subject: Subject, order: ErasureOrder, found: Found[], sum: Sum) {
  await client.query('begin', []);
  try {
    const waiting = await undeliveredOf(
      client,
      found.filter(({ changed }) => changed),
    );
    const kept = new Set(order.alsoUndelivered ? [] : waiting.map(({ eventId }) => eventId));
    const events = found.filter(({ id }) => !kept.has(id));
    const changed = events.filter((event) => event.changed);
    await client.query(`select set_config('banyan.erases', 'on', true)`, []);
    const count = async (sql: string, ...more: unknown[]) =>
      (await client.query(sql, [events.map(({ id }) => id), ...more])).rowCount ?? 0;
    await count(EVENTS, JSON.stringify(changed.map(({ id, payload }) => ({ id, payload }))));
    const patterns = JSON.stringify(
      events.map(({ id, values }) => ({ id, pattern: new Words(values).pattern })),
    );
    const attempts = await count(ATTEMPTS);
    const reasons = (await count(REASONS)) + (await count(WRITTEN_REASONS, patterns));
    const actions = await count(ACTIONS, patterns);
    if (changed.length + attempts + reasons + actions > 0)
      await record(client, subject, order, { events: changed.length, attempts, reasons, actions });
    await client.query('commit', []);
    sum.addEvents(changed);
    sum.addUndelivered(waiting);
    sum.addTexts(attempts, reasons, actions);
  } catch (error) {
    await client.query('rollback', []).catch(() => undefined); // the connection is gone, and the transaction with it
    throw error;
  }
}

async function undeliveredOf(client: Reader, events: readonly Found[]): Promise<Undelivered[]> {
  if (events.length === 0) return [];
  return (await client.query(UNDELIVERED, [events.map(({ id }) => id)])).rows as Undelivered[];
}

function refuseUndelivered({ undelivered, undeliveredCount }: Erasure): void {
  if (undeliveredCount === 0) return;
  const named = undelivered
    .map(({ listener, eventId, state }) => `${listener} ${eventId} (${state})`)
    .join(', ');
  const more = undeliveredCount > undelivered.length ? ', ...' : '';
  throw new ErasureRefused(
    `Not delivered yet, and in need of what would be erased: ${named}${more} (${undeliveredCount} in all). Let what is pending be delivered ` +
      `(npx banyan listeners drain <name>), decide about the dead (npx banyan dead-letters list), and run this again; or erase all the same with ` +
      `--also-undelivered: then they will hear "${ERASED}". Nothing was changed.`,
  );
}

class Sum implements Erasure {
  readonly events: Record<string, number> = {};
  readonly undelivered: Undelivered[] = [];
  undeliveredCount = 0;
  attempts = 0;
  reasons = 0;
  actions = 0;
  atOthers: ElsewhereCounts = { attempts: 0, reasons: 0, actions: 0 };
  kept: KeptCounts | null = null;
  looked = { inTraces: 0, everywhere: 0, tooMany: 0 };

  addEvents(found: readonly Found[]): void {
    for (const { type } of found) this.events[type] = (this.events[type] ?? 0) + 1;
  }

  addUndelivered(waiting: readonly Undelivered[]): void {
    this.undeliveredCount += waiting.length;
    this.undelivered.push(...waiting.slice(0, NAMED - this.undelivered.length));
  }

  addTexts(attempts: number, reasons: number, actions: number): void {
    this.attempts += attempts;
    this.reasons += reasons;
    this.actions += actions;
  }
}
