import type { Invariant } from './invariant.js';

/** Orders: their totals, numbers, history and end. */
export const ORDERS: readonly Invariant[] = [
  {
    id: 'I7',
    claim: 'the totals of an order are the sums of its lines',
    sql: `select o.customer_id, o.order_id, o.count_items, o.total_items, o.total_amount, o.total_freight,
                 o.total_incentive, o.total_invoice
            from "order".orders o
            left join (select customer_id, order_id, count(*) as n, sum(total_items) as items, sum(total_amount) as amount,
                              sum(freight_value) as freight
                         from "order".order_items group by 1, 2) i using (customer_id, order_id)
           where (o.count_items, o.total_items, o.total_amount, o.total_freight, o.total_invoice, o.total_incentive)
              is distinct from (i.n, i.items, i.amount, i.freight, i.amount + i.freight, i.items - i.amount)`,
  },
  {
    id: 'I8',
    claim: 'the orders of a customer are numbered 1 to n without a gap, and the counter says n',
    sql: `select customer_id, o.n, o.highest, c.next_order_id
            from (select customer_id, count(*) as n, min(order_id) as lowest, max(order_id) as highest
                    from "order".orders group by 1) o
            full join "order".customer_orders c using (customer_id)
           where (coalesce(o.n, 0), coalesce(o.highest, 0)) is distinct from (c.next_order_id, c.next_order_id)
              or o.lowest <> 1`,
  },
  {
    id: 'I12',
    claim:
      'the history of an order is a prefix of the legal path, each status once, in time order, up to its status',
    sql: `select o.customer_id, o.order_id, o.status, h.path, h.rising
            from "order".orders o
            left join (select customer_id, order_id, string_agg(status, '>' order by id) || '>' as path,
                              bool_and(rising) as rising, (array_agg(status order by id desc))[1] as latest
                         from (select *, coalesce(created_at >= lag(created_at)
                                 over (partition by customer_id, order_id order by id), true) as rising
                                 from "order".order_history) steps
                        group by 1, 2) h using (customer_id, order_id)
           where h.path is null or not h.rising or h.latest <> o.status
              or not (starts_with('INVOICED>PAYMENT_PROCESSED>READY_FOR_SHIPMENT>IN_TRANSIT>DELIVERED>', h.path)
                   or starts_with('INVOICED>PAYMENT_FAILED>', h.path))`,
  },
  {
    id: 'I19',
    claim: 'the audit log has one row for every order that came to its end, and no other',
    sql: `select customer_id, order_id, o.status, a.status as logged, a.times
            from (select customer_id, order_id, status from "order".orders
                   where status in ('DELIVERED', 'PAYMENT_FAILED')) o
            full join (select customer_id, order_id, min(status) as status, count(*) as times
                         from "order".audit_log group by 1, 2) a using (customer_id, order_id)
           where o.status is distinct from a.status or a.times <> 1`,
  },
];
