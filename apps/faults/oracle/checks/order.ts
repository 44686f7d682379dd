import { bySql } from '../check.js';

/** O6, O8: ordered listeners heard an aggregate's changes in the order of their commits. */
export const order = [
  bySql(
    'O6 in order',
    'an ordered listener has heard the changes of an aggregate in the order in which they were committed',
    `select listener, agg, version, before from (
       select f.listener, agg, version, lag(version) over (partition by f.listener, agg order by n) as before
       from oracle.effect f where f.listener in (select listener from banyan.heard_types where ordered)) heard
     where version <= before`,
  ),
  bySql(
    'O8 projections',
    'a projection is the sum of what its listener has heard',
    `select agg, p.amount as projected, f.amount as heard from audit.projection p full join
       (select agg, sum(amount) as amount from oracle.effect where listener = 'audit.in-order' group by 1) f using (agg)
     where p.amount is distinct from f.amount`,
  ),
];
