import type { Invariant } from './invariant.js';

/** A subquery of this run's sessions that ended with one of `statuses`. */
const sessions = (...statuses: string[]) => `(select distinct tid from benchmark.transaction_marks
   where starts_with(tid, $1) and type = 'CUSTOMER_SESSION' and status in (${statuses.map((s) => `'${s}'`).join(', ')})) m`;
const PAID = `o.status not in ('INVOICED', 'PAYMENT_FAILED')`;
const ofRun: Invariant['params'] = ({ tidPrefix }) => [tidPrefix];

/** I15: what drivers were told is what the data say. Several claims, each with rows of its own. */
export const MARKS: readonly Invariant[] = [
  {
    id: 'I15',
    claim: 'a checkout marked SUCCESS has exactly one paid order',
    sql: `select m.tid, count(o.tid) as paid_orders from ${sessions('SUCCESS')}
            left join "order".orders o on o.tid = m.tid and ${PAID}
           group by m.tid having count(o.tid) <> 1`,
    params: ofRun,
  },
  {
    id: 'I15',
    claim: 'a paid order has its SUCCESS mark',
    sql: `select o.tid, o.customer_id, o.order_id, o.status from "order".orders o
           where starts_with(o.tid, $1) and ${PAID}
             and not exists (select 1 from benchmark.transaction_marks m
                              where m.tid = o.tid and m.type = 'CUSTOMER_SESSION' and m.status = 'SUCCESS')`,
    params: ofRun,
  },
  {
    id: 'I15',
    claim: 'a checkout marked NOT_ACCEPTED has no order, or one whose payment failed',
    sql: `select m.tid, array_agg(o.status) as orders from ${sessions('NOT_ACCEPTED')} join "order".orders o using (tid)
           group by m.tid having count(*) > 1 or bool_or(o.status <> 'PAYMENT_FAILED')`,
    params: ofRun,
  },
  {
    id: 'I15',
    claim: 'a checkout marked ABORT or ERROR left nothing behind: no reservation, no order, no payment',
    sql: `select tid, r.reserved, o.orders, c.charges from ${sessions('ABORT', 'ERROR')}
            left join (select tid, count(*) as reserved from stock.reservations where outcome = 'RESERVED' group by 1) r using (tid)
            left join (select tid, count(*) as orders from "order".orders group by 1) o using (tid)
            left join (select tid, count(*) as charges from payment.charges group by 1) c using (tid)
           where r.tid is not null or o.tid is not null or c.tid is not null`,
    params: ofRun,
  },
  {
    id: 'I15',
    claim: 'everything that was accepted ended in exactly one mark: nothing was lost',
    sql: `select a.tid, count(m.tid) as marks, array_agg(m.status || ' by ' || m.source) filter (where m.tid is not null) as told
            from unnest($1::text[]) as a(tid) left join benchmark.transaction_marks m using (tid)
           group by a.tid having count(m.tid) <> 1`,
    params: ({ accepted }) => [accepted],
  },
  {
    id: 'I15',
    claim: 'nothing ended twice (a checkout that is refused again may be told again)',
    sql: `select tid, array_agg(status || ' by ' || source) as told from benchmark.transaction_marks
           where starts_with(tid, $1) group by tid
          having count(*) > 1 and not bool_and(status = 'NOT_ACCEPTED' and source in ('checkout', 'cart'))`,
    params: ofRun,
  },
];
