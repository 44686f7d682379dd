import type { Invariant } from './invariant.js';

/** I16: effects once. From outside, I9, I10 and I12 prove the same by counting. */
export const DELIVERIES: readonly Invariant[] = [
  {
    id: 'I16',
    claim: 'the database itself keeps one delivery per listener and event (a primary or unique key)',
    sql: `select 'banyan.deliveries has no unique key (listener, event_id)' as missing
           where not exists (
             select 1 from pg_index i
              where i.indrelid = 'banyan.deliveries'::regclass and i.indisunique and i.indpred is null
                and (select array_agg(a.attname::text order by a.attname) from pg_attribute a
                      where a.attrelid = i.indrelid and a.attnum = any (i.indkey)) = array['event_id', 'listener'])`,
  },
  {
    id: 'I16',
    claim: 'no event was delivered twice to a listener',
    sql: `select listener, event_id, count(*) as times from banyan.deliveries group by 1, 2 having count(*) > 1`,
  },
];
