import { bySql } from '../check.js';

/** O1 and O2: what clients were told is what was done, and what was done was published, once. */
export const operations = [
  bySql(
    'O1 acknowledged',
    'an operation that a client was told is done, is done',
    `select op_id, f from h where type = 'ok' and changes and not exists (select from oracle.op o where o.op_id = h.op_id)`,
  ),
  bySql(
    'O1 refused',
    'an operation that surely failed has done nothing',
    `select op_id, f from h where type = 'fail' and exists (select from oracle.op o where o.op_id = h.op_id)`,
  ),
  bySql(
    'O1 unexpected',
    'nothing was done that nobody asked for',
    `select op_id from oracle.op where op_id not in (select op_id from h)`,
  ),
  bySql(
    'O1b once',
    'an operation took effect once, however often its client sent it',
    `select op_id, count(*)::int from oracle.op group by 1 having count(*) > 1`,
  ),
  bySql(
    'O2 published',
    'every operation published its event, and every event that no other caused has its operation',
    `select coalesce(o.op_id, e.op_id) as op_id, o.count as operations, e.count as events from
       (select op_id, type, count(*)::int from oracle.op group by 1, 2) o full join
       (select (payload ->> 'opId')::uuid as op_id, type, count(*)::int from banyan.published_events
          where causation is null group by 1, 2) e
       on o.op_id = e.op_id and o.type = e.type
     where o.count is distinct from 1 or e.count is distinct from 1`,
  ),
];
