import type { EntityManager } from 'typeorm';

type Source = Pick<EntityManager, 'query'>;

/**
 * How long transactions are waited for that might publish later by what they saw before (snapshot isolation). Ordinary ones read who
 * listens in the statement that publishes, and those that are in it are waited for however long it takes.
 */
const SNAPSHOTS_SECONDS = 30;

const NOW = `update banyan.listener_changes c set writers = coalesce((
  select array_agg(distinct l.virtualtransaction) from pg_locks l
  where l.pid <> pg_backend_pid() and (
    l.database = (select oid from pg_database where datname = current_database())
      and l.relation = 'banyan.deliveries'::regclass and l.mode = 'RowExclusiveLock'
    or l.locktype = 'virtualxid' and l.mode = 'ExclusiveLock' and l.pid in (
      select pid from pg_stat_activity
      where datname = current_database() and usename = session_user and backend_type = 'client backend'))), '{}')
where c.listener = $1 and c.writers is null`;

const LEFT = `select exists (
  select from banyan.listener_changes c join pg_locks l on l.virtualtransaction = any(c.writers)
  where c.listener = $1 and l.pid <> pg_backend_pid() and (
    l.relation = 'banyan.deliveries'::regclass and l.mode = 'RowExclusiveLock'
    or l.locktype = 'virtualxid' and l.mode = 'ExclusiveLock' and c.begun_at > clock_timestamp() - $2 * interval '1 second')) as writing`;

/** Notes who may still publish by what was true before a change, once the change has committed. */
export async function noteWriters(source: Source, listener: string): Promise<void> {
  await source.query(NOW, [listener]);
}

/** Whether one of them has not ended yet. */
export async function someoneWrites(source: Source, listener: string): Promise<boolean> {
  const [row] = await source.query(LEFT, [listener, SNAPSHOTS_SECONDS]);
  return row.writing;
}
