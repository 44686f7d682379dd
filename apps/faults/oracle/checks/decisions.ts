import { bySql, type Check } from '../check.js';

/** What `audit.choosy` has declared not to want, by the amounts that clients have asked for: the reason must be the one that holds. */
const DECLARED = `case when d.listener <> 'audit.choosy' then null when h.amount < 5 then 'less than 5'
  when h.amount % 10 = 0 then 'refusal: A round sum is refused.' end`;

const STATES = `select d.listener, d.event_id, d.state, d.reason, h.amount, ${DECLARED} as declared
  from banyan.delivery_states d join banyan.published_events e on e.id = d.event_id
  left join h on h.op_id = (e.payload ->> 'opId')::uuid`;

/** The last of the operators' decisions about a delivery that their command has taken for done. */
const LAST = `select distinct on (listener, event_id) listener, event_id, action from decision
  where acknowledged order by listener, event_id, n desc`;

/** O3, the other half: what ends without an effect does so because its listener has declared it, or because a person has decided it. */
export const decisions: readonly Check[] = [
  bySql(
    'O3 rightly skipped',
    'just that is skipped which its listener has declared not to want, for the reason that it declares',
    `select * from (${STATES}) s
     where case when state = 'skipped' then reason is distinct from declared else state = 'done' and declared is not null end`,
  ),
  bySql(
    'O3 decided',
    'what is resolved or discarded was decided by an operator, and what was decided stands',
    `select s.listener, s.event_id, s.state, l.action from banyan.delivery_states s
     left join (${LAST}) l on l.listener = s.listener and l.event_id = s.event_id
     where s.state in ('resolved', 'discarded') and not exists (
         select from decision t where t.listener = s.listener and t.event_id = s.event_id
           and t.action = case s.state when 'resolved' then 'resolve' else 'discard' end)
       or s.state <> case l.action when 'resolve' then 'resolved' when 'discard' then 'discarded' else s.state end`,
  ),
];
