import { bySql } from '../check.js';

/**
 * A listener that comes while others publish may or may not hear what is published in the moment of its coming: what began
 * two seconds later, it must.
 */
const DUE = `select e.id, t.listener, d.state, d.key from banyan.published_events e
  join banyan.heard_types t on t.type = e.type and e.occurred_at > t.since + interval '2 seconds'
  left join banyan.delivery_states d on d.event_id = e.id and d.listener = t.listener`;

const EFFECTS = `select event_id, listener, count(*)::int as effects from oracle.effect group by 1, 2`;

/** O3, O4, O5, O9: each delivery ends in exactly one state, and its effect is there once if that state is done. */
export const deliveries = [
  bySql(
    'O3 nothing lost',
    'every event that a listener was owed has had its effect, or stands where people see why not',
    `with due as (${DUE}), f as (${EFFECTS})
     select due.id as event, due.listener, due.state, coalesce(f.effects, 0) as effects from due
     left join f on f.event_id = due.id and f.listener = due.listener
     where coalesce(f.effects, 0) + case when due.state in ('dead', 'skipped', 'resolved', 'discarded') then 1 else 0 end <> 1
       and not (due.state = 'pending' and coalesce(f.effects, 0) = 0 and exists (
         select from banyan.delivery_states b where b.listener = due.listener and b.key = due.key and b.event_id < due.id
           and b.state = 'dead'))`,
  ),
  bySql(
    'O4 exactly once',
    'no delivery has had its effect twice',
    `select listener, event_id, count(*)::int as effects from oracle.effect group by 1, 2 having count(*) > 1`,
  ),
  bySql(
    'O5 no ghosts',
    'nobody has heard of an event that was never published',
    `select listener, event_id from oracle.effect f
     where not exists (select from banyan.published_events e where e.id = f.event_id)`,
  ),
  bySql(
    'O5 caused',
    'a listener has published just what its effects say, and nothing that was rolled back',
    `with said as (select event_id, sum(publishes)::int as count from oracle.effect group by 1),
       caused as (select causation as event_id, count(*)::int from banyan.published_events where causation is not null group by 1)
     select coalesce(said.event_id, caused.event_id) as event, said.count as said, caused.count as published
     from said full join caused using (event_id) where coalesce(said.count, 0) <> coalesce(caused.count, 0)`,
  ),
  bySql(
    'O9 done means done',
    'a delivery is done if, and only if, its effect is there',
    `with f as (${EFFECTS})
     select coalesce(d.event_id, f.event_id) as event, coalesce(d.listener, f.listener) as listener, f.effects
     from (select event_id, listener from banyan.delivery_states where state = 'done') d
     full join f on f.event_id = d.event_id and f.listener = d.listener
     where d.event_id is null or f.event_id is null`,
  ),
];
