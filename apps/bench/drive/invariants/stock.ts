import type { Invariant } from './invariant.js';

/** Reservations and units. */
export const STOCK: readonly Invariant[] = [
  {
    id: 'I1',
    claim: 'no product is oversold, no quantity is negative',
    sql: `select seller_id, product_id, qty_available, qty_reserved from stock.stock_items
           where qty_reserved < 0 or qty_available < 0 or qty_reserved > qty_available`,
  },
  {
    id: 'I2',
    claim: 'units available = units loaded - units in paid orders (products of this run)',
    sql: `select s.seller_id, s.product_id, s.qty_available, $3::int as loaded, coalesce(x.sold, 0) as sold
            from stock.stock_items s
            left join (select i.seller_id, i.product_id, sum(i.quantity) as sold
                         from "order".order_items i join "order".orders o using (customer_id, order_id)
                        where o.status not in ('INVOICED', 'PAYMENT_FAILED') group by 1, 2) x using (seller_id, product_id)
           where s.seller_id between $1 and $2 and s.qty_available <> $3::int - coalesce(x.sold, 0)`,
    params: ({ firstSeller, lastSeller, qty }) => [firstSeller, lastSeller, qty],
  },
  {
    id: 'I3',
    claim: 'units reserved = units in orders that still wait for their payment',
    sql: `select s.seller_id, s.product_id, s.qty_reserved, coalesce(x.waiting, 0) as waiting
            from stock.stock_items s
            left join (select i.seller_id, i.product_id, sum(i.quantity) as waiting
                         from "order".order_items i join "order".orders o using (customer_id, order_id)
                        where o.status = 'INVOICED' group by 1, 2) x using (seller_id, product_id)
           where s.qty_reserved <> coalesce(x.waiting, 0)`,
  },
  {
    id: 'I11',
    claim:
      'what was reserved was, at that moment, the version that stock held, and a version that the product really had',
    sql: `select r.tid, r.line, r.seller_id, r.product_id, r.item_version, r.stock_version
            from stock.reservations r
           where r.outcome = 'RESERVED'
             and (r.item_version is distinct from r.stock_version
               or not exists (select 1 from product.product_updates u
                               where u.seller_id = r.seller_id and u.product_id = r.product_id
                                 and u.version = r.item_version))`,
  },
  {
    id: 'I17',
    claim: 'every product has its stock, and every stock its product',
    sql: `select seller_id, product_id,
                 case when p.seller_id is null then 'product' else 'stock' end as missing
            from product.products p full join stock.stock_items s using (seller_id, product_id)
           where p.seller_id is null or s.seller_id is null`,
  },
];
