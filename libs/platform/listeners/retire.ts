import { setTimeout as pauseFor } from 'node:timers/promises';
import { DECLARED, type Reader } from '../conservation/reader.js';
import { GONE_AFTER_SECONDS } from '../placement/sql/instances.js';
import { type Actor, ListenerRefused } from './pause.js';
import { inTransaction } from './transaction.js';

/** Longest wait for transactions that may still publish to a listener that is being retired, in milliseconds. */
const WRITERS_MS = 30_000;

/** Deliveries given up by one statement: a process killed between two leaves the rest, for the next run. */
const AT_ONCE = 5_000;

const STATE = `with ${DECLARED}
select exists (select from banyan.listeners where name = $2) or exists (select from banyan.deliveries where listener = $2) as known,
  exists (select from alive) as alive, exists (select from declared where listener = $2 and ($3::text is null or type = $3)) as declared`;

const UNSUBSCRIBE =
  'delete from banyan.subscriptions where listener = $1 and ($2::text is null or type = $2)';
const MARK =
  'update banyan.listeners set retired_at = coalesce(retired_at, clock_timestamp()) where name = $1 and $2::text is null';
const KEEP = `insert into banyan.listener_actions (listener, action, who, why, details)
values ($1, 'retire', $2, $3, json_build_object('event', $4::text))`;

const WRITERS = `select array(select distinct virtualtransaction from pg_locks
  where relation = 'banyan.deliveries'::regclass and mode = 'RowExclusiveLock' and pid <> pg_backend_pid()) as writers`;
const WRITING = `select exists (select from pg_locks where virtualtransaction = any($1) and relation = 'banyan.deliveries'::regclass
  and mode = 'RowExclusiveLock') as writing`;

const GIVE_UP = `with found as (
  select d.listener, d.event_id, d.state, d.reason from banyan.deliveries d
  where d.listener = $1 and d.state in ('pending', 'dead')
    and ($4::text is null or exists (select from banyan.events e where e.id = d.event_id and e.type = $4))
  order by d.event_id limit ${AT_ONCE} for update of d
), changed as (
  update banyan.deliveries d set state = 'discarded', settled_at = clock_timestamp(), reason = $2 || ': ' || $3, waits_for = null
  from found f where d.listener = f.listener and d.event_id = f.event_id
  returning d.listener, d.event_id, f.state as before, f.reason as reason_before, d.attempts
), kept as (
  insert into banyan.dead_letter_actions (listener, event_id, action, who, why, state_before, state_after, reason_before, attempts)
  select listener, event_id, 'discard', $2, $3, before, 'discarded', reason_before, attempts from changed
)
select count(*)::int as discarded from changed`;

/**
 * Ends a listener that no code declares any more: it is told of nothing from now on, and what waited for it or was dead is discarded, each
 * delivery with who and why. `banyan dead-letters restore` takes single ones back. Interrupted anywhere, it can be run again.
 *
 * @param event only for this type of event, which the listener's code does not hear any more
 * @returns how many deliveries were given up
 * @throws ListenerRefused when running code declares it, or no app runs, so that nobody can tell
 */
export async function retire(
  client: Reader,
  name: string,
  { who, why }: Actor,
  event?: string,
): Promise<number> {
  const only = event ?? null;
  const [state] = (await client.query(STATE, [GONE_AFTER_SECONDS, name, only])).rows as {
    known: boolean;
    alive: boolean;
    declared: boolean;
  }[];
  if (!state?.known) throw new ListenerRefused(`There is no listener ${name}: see \`banyan listeners\`.`);
  if (!state.alive)
    throw new ListenerRefused(
      'No app runs, so nobody can tell whether the listener is gone: start the application, and retire it then.',
    );
  if (state.declared)
    throw new ListenerRefused(
      `A running app declares ${name}${event === undefined ? '' : ` for ${event}`}: take it out of the code, deploy, and retire it then.`,
    );
  await inTransaction(client, async () => {
    await client.query(UNSUBSCRIBE, [name, only]);
    await client.query(MARK, [name, only]);
    await client.query(KEEP, [name, who, why, only]);
  });
  await writersGone(client);
  for (let total = 0; ; ) {
    const [row] = (await client.query(GIVE_UP, [name, who, why, only])).rows as { discarded: number }[];
    total += row?.discarded ?? 0;
    if (!row?.discarded) return total;
  }
}

/** Who was publishing when the subscription went may have told the listener still. */
async function writersGone(client: Reader): Promise<void> {
  const [{ writers }] = (await client.query(WRITERS, [])).rows as [{ writers: string[] }];
  for (const end = performance.now() + WRITERS_MS; performance.now() < end; await pauseFor(100)) {
    const [{ writing }] = (await client.query(WRITING, [writers])).rows as [{ writing: boolean }];
    if (!writing) return;
  }
  throw new ListenerRefused(
    'A transaction that publishes does not end: the listener is told of nothing new; retire it once more.',
  );
}
