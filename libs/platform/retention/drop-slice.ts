import type { Database, Slice } from './slices.js';

const WHOLES = ['events', 'deliveries', 'attempts'] as const;

const TALLY = (
  events: string,
  deliveries: string,
) => `insert into banyan.tallies (low, type, listener, state, count)
select $1::bigint, type, '', 'published', count(*) from banyan.${events} where id >= $1 and id < $2 group by type
union all
select $1::bigint, coalesce(e.type, '(event gone)'), d.listener, d.state, count(*)
from banyan.${deliveries} d left join banyan.${events} e on e.id = d.event_id where d.event_id >= $1 and d.event_id < $2 group by 2, 3, 4`;

/** Between the events of a slice and its deliveries something is missing: it is kept, as the evidence. */
const SHORT = `select type, listener from (
  select e.type, s.listener, count(*) as due from banyan.events e join banyan.subscriptions s on s.type = e.type
  where e.id >= $1 and e.id < $2 and e.occurred_at > s.since + interval '15 seconds' group by 1, 2) owed
where due > (select count(*) from banyan.deliveries d join banyan.events e on e.id = d.event_id
  join banyan.subscriptions s on s.type = e.type and s.listener = d.listener
  where d.event_id >= $1 and d.event_id < $2 and d.listener = owed.listener and e.type = owed.type
    and e.occurred_at > s.since + interval '15 seconds')
limit 1`;

const ATTACHED = `select c.relname as name, i.inhdetachpending as pending from pg_inherits i join pg_class c on c.oid = i.inhrelid
where c.relnamespace = 'banyan'::regnamespace and c.relname = any($1)`;

/**
 * Drops a slice. What is in it is summed up first; then its partitions are detached, which waits for whoever works in them and holds
 * up nobody; then, when nobody can write there any more, they are looked at once more and dropped. Can be stopped anywhere and
 * taken up again.
 *
 * @param database a connection with nothing else on it: it can't be in a transaction
 * @returns why it was kept after all; undefined when it is gone
 */
export async function dropSlice(
  database: Database,
  { low, high, leavingAt }: Slice,
): Promise<string | undefined> {
  const parts = WHOLES.map((whole) => `${whole}_${BigInt(low) / 1_000_000n}`) as [string, string, string];
  if (!leavingAt) {
    const [short] = (await database.query(SHORT, [low, high])).rows as { type: string; listener: string }[];
    if (short) return `${short.listener} lacks deliveries of ${short.type} in it: banyan events conservation`;
    await inTransaction(database, async () => {
      await database.query('update banyan.slices set leaving_at = clock_timestamp() where low = $1', [low]);
      await database.query(TALLY('events', 'deliveries'), [low, high]);
    });
  }
  await detach(database, parts);
  return inTransaction(database, async () => {
    const { rows } = await database.query(
      `select from banyan.${parts[1]} where state in ('pending', 'dead') limit 1`,
    );
    if (rows.length > 0) {
      await attach(database, parts, low, high);
      return 'something was written to it at the last moment';
    }
    // Whoever was slow may have written after it was summed up.
    await database.query('delete from banyan.tallies where low = $1', [low]);
    await database.query(TALLY(parts[0], parts[1]), [low, high]);
    await database.query(
      `insert into banyan.tallies select -1, type, listener, state, count from banyan.tallies where low = $1
       on conflict (low, type, listener, state) do update set count = tallies.count + excluded.count`,
      [low],
    );
    await database.query('delete from banyan.tallies where low = $1', [low]);
    for (const part of parts) await database.query(`drop table banyan.${part}`);
    await database.query('delete from banyan.slices where low = $1', [low]);
    return undefined;
  });
}

async function detach(database: Database, parts: readonly string[]): Promise<void> {
  const attached = (await database.query(ATTACHED, [parts])).rows as { name: string; pending: boolean }[];
  for (const { name, pending } of attached) {
    const whole = name.slice(0, name.indexOf('_'));
    // Without a time-out of ours: interrupted, it would have to be finished by the next one.
    await database.query(
      `alter table banyan.${whole} detach partition banyan.${name} ${pending ? 'finalize' : 'concurrently'}`,
    );
  }
}

async function attach(
  database: Database,
  parts: readonly string[],
  low: string,
  high: string,
): Promise<void> {
  for (const part of parts) {
    const whole = part.slice(0, part.indexOf('_'));
    await database.query(
      `alter table banyan.${whole} attach partition banyan.${part} for values from (${low}) to (${high})`,
    );
  }
  await database.query('delete from banyan.tallies where low = $1', [low]);
  await database.query('update banyan.slices set leaving_at = null where low = $1', [low]);
  await database.query('select banyan.look_down_to($1)', [low]);
}

async function inTransaction<T>(database: Database, work: () => Promise<T>): Promise<T> {
  await database.query('begin');
  try {
    const result = await work();
    await database.query('commit');
    return result;
  } catch (error) {
    await database.query('rollback');
    throw error;
  }
}
