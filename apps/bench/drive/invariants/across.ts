import type { Invariant } from './invariant.js';

const PAID = `o.status not in ('INVOICED', 'PAYMENT_FAILED')`;

/** What two modules must agree on. */
export const ACROSS: readonly Invariant[] = [
  {
    id: 'I4',
    claim: 'every order has exactly one line of money, of the right amount',
    sql: `select customer_id, order_id, o.total_invoice, p.lines, p.value
            from "order".orders o
            full join (select customer_id, order_id, count(*) as lines, max(value) as value
                         from payment.order_payments where type <> 'VOUCHER' group by 1, 2) p using (customer_id, order_id)
           where (o.total_invoice, 1::bigint) is distinct from (p.value, p.lines)`,
  },
  {
    id: 'I5',
    claim: 'an order has a shipment if, and only if, it is paid',
    sql: `select customer_id, order_id, o.status, s.status as shipment
            from "order".orders o full join shipment.shipments s using (customer_id, order_id)
           where o.order_id is null or (s.order_id is not null) <> (${PAID})`,
  },
  {
    id: 'I6',
    claim: 'the packages of a shipment are the lines of its order, one for one',
    sql: `with lines as (select customer_id, order_id, seller_id, product_id, quantity from "order".order_items i
                          where exists (select 1 from shipment.shipments s
                                         where (s.customer_id, s.order_id) = (i.customer_id, i.order_id))),
               packages as (select customer_id, order_id, seller_id, product_id, quantity from shipment.packages)
          (select 'no package' as wrong, l.* from (select * from lines except all select * from packages) l)
          union all
          (select 'no order line', p.* from (select * from packages except all select * from lines) p)`,
  },
  {
    id: 'I9',
    claim: 'the counters of a customer are the numbers of orders paid, orders not paid, packages delivered',
    sql: `select c.id, c.success_payment_count, coalesce(o.paid, 0) as paid,
                 c.failed_payment_count, coalesce(o.failed, 0) as failed, c.delivery_count, coalesce(d.delivered, 0) as delivered
            from customer.customers c
            left join (select o.customer_id, count(*) filter (where ${PAID}) as paid,
                              count(*) filter (where o.status = 'PAYMENT_FAILED') as failed
                         from "order".orders o group by 1) o on o.customer_id = c.id
            left join (select customer_id, count(*) as delivered from shipment.packages
                        where status = 'delivered' group by 1) d on d.customer_id = c.id
           where (c.success_payment_count, c.failed_payment_count, c.delivery_count)
              <> (coalesce(o.paid, 0), coalesce(o.failed, 0), coalesce(d.delivered, 0))`,
  },
  {
    id: 'I10',
    claim: 'the entries of the sellers are the lines of the orders: same keys, amounts and status',
    sql: `select customer_id, order_id, seller_id, product_id, l.status, e.order_status,
                 l.total_amount, e.total_amount as entry_amount
            from (select i.*, o.status from "order".order_items i join "order".orders o using (customer_id, order_id)) l
            full join seller.order_entries e using (customer_id, order_id, seller_id, product_id)
           where (l.quantity, l.unit_price, l.total_items, l.total_amount, l.freight_value, l.total_items - l.total_amount,
                  l.total_amount + l.freight_value, l.status)
              is distinct from (e.quantity, e.unit_price, e.total_items, e.total_amount, e.freight_value, e.total_incentive,
                  e.total_invoice, e.order_status)`,
  },
  {
    id: 'I14',
    claim:
      'product, stock and the replica of cart agree on every version; product and replica on every price',
    sql: `select seller_id, product_id, p.version, s.version as stock, r.version as replica, p.price, r.price as replica_price
            from product.products p
            left join stock.stock_items s using (seller_id, product_id)
            left join cart.replica_products r using (seller_id, product_id)
           where (s.seller_id is not null and s.version <> p.version)
              or (p.version, p.price) is distinct from (r.version, r.price)`,
  },
  {
    id: 'I18',
    claim:
      'a shipment is concluded when all its packages are delivered, in progress when some are, approved when none is',
    sql: `select s.customer_id, s.order_id, s.status, s.package_count, p.n, p.delivered
            from shipment.shipments s
            left join (select customer_id, order_id, count(*) as n, count(*) filter (where status = 'delivered') as delivered
                         from shipment.packages group by 1, 2) p using (customer_id, order_id)
           where coalesce(p.n, 0) <> s.package_count
              or s.status <> case when p.delivered = p.n then 'concluded' when p.delivered > 0 then 'delivery_in_progress'
                                  else 'approved' end`,
  },
];
