import type { EntityManager } from 'typeorm';

type Source = Pick<EntityManager, 'query'>;

/** Ids that one statement looks through. */
const AT_ONCE = 10_000;

// After everybody has ended who did not know the listener: whoever publishes from now on tells it.
const BOUNDS = `update banyan.listener_changes set
  upto = coalesce((select max(id) from banyan.events), 0), position = coalesce((select min(id) - 1 from banyan.events), 0)
where listener = $1 and kind = 'backfill' and upto is null`;

const LOOK_DOWN = `select banyan.look_down_to(position + 1) from banyan.listener_changes where listener = $1 and kind = 'backfill'`;

// What it has heard under a former name it does not hear again.
const GIVE = `with recursive names as (
  select $1::text as name union select l.name from banyan.listeners l join names n on l.renamed_to = n.name
), change as (
  select c.*, least(c.position + ${AT_ONCE}, c.upto) as until from banyan.listener_changes c where c.listener = $1 and c.kind = 'backfill'
), given as (
  insert into banyan.deliveries (listener, event_id, key, partition)
  select t.name, e.id, case when t.ordered then e.key end,
    case when t.ordered and e.key is not null then abs(hashtext(e.key)::bigint) % t.partitions else e.id % t.partitions end
  from change c join banyan.events e on e.id > c.position and e.id <= c.until and e.type = any(c.types)
    and (c.since is null or e.occurred_at >= c.since)
  join banyan.listeners t on t.name = $1
  where not exists (select from banyan.deliveries d where d.event_id = e.id and d.listener in (select name from names where name <> $1))
  order by e.id
  on conflict do nothing
), moved as (
  update banyan.listener_changes l set position = c.until from change c where l.listener = c.listener and l.kind = c.kind
  returning l.position, l.upto
)
select position >= upto as done from moved`;

const OWED = `update banyan.subscriptions s set since = least(s.since, coalesce(c.since, '-infinity'))
from banyan.listener_changes c where c.listener = $1 and c.kind = 'backfill' and s.listener = $1 and s.type = any(c.types)`;

/**
 * Gives a listener what was published before it came, a part at a time and in the order of ids. Position and deliveries commit together, so
 * it goes on where it was after a crash; a delivery exists once at most, whoever else gives it.
 */
export async function backfill(source: Source, listener: string): Promise<'more' | 'done'> {
  await source.query(BOUNDS, [listener]);
  await source.query(LOOK_DOWN, [listener]);
  const [row] = await source.query(GIVE, [listener]);
  if (!row?.done) return 'more';
  await source.query(OWED, [listener]); // from now on conservation holds it to these, too
  return 'done';
}
