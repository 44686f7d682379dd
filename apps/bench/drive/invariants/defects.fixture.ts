/** [invariant, part of its claim, what is wrong, the SQL that makes it so] */
export type Defect = [id: string, claim: string, what: string, sql: string];

const STOCK: Defect[] = [
  [
    'I1',
    'oversold',
    'more is reserved than there is',
    'update stock.stock_items set qty_reserved = qty_available + 1',
  ],
  [
    'I1',
    'negative',
    'a quantity is negative',
    'update stock.stock_items set qty_available = -1 where product_id = 1',
  ],
  [
    'I2',
    'units available',
    'a unit is lost',
    'update stock.stock_items set qty_available = 94 where product_id = 1',
  ],
  [
    'I2',
    'units available',
    'a payment was taken off twice',
    'update stock.stock_items set qty_available = 97 where product_id = 2',
  ],
  [
    'I3',
    'units reserved',
    'a reservation was left behind',
    'update stock.stock_items set qty_reserved = 1 where product_id = 2',
  ],
  [
    'I11',
    'the version that stock held',
    'a replaced version was reserved',
    `update stock.reservations set stock_version = 'new' where tid = 'r1-1-1' and line = 1`,
  ],
  [
    'I11',
    'really had',
    'the reserved version never was',
    `update stock.reservations set item_version = 'x', stock_version = 'x' where tid = 'r1-1-2'`,
  ],
  [
    'I17',
    'every product has its stock',
    'stock is missing',
    'delete from stock.stock_items where product_id = 2',
  ],
  [
    'I17',
    'every stock its product',
    'a product is missing',
    'delete from product.products where product_id = 2',
  ],
];
const ORDERS: Defect[] = [
  [
    'I7',
    'totals',
    'the invoice is a cent too high',
    `update "order".orders set total_invoice = total_invoice + 0.01 where tid = 'r1-1-1'`,
  ],
  [
    'I7',
    'totals',
    'a voucher was forgotten',
    `update "order".orders set total_incentive = 0 where tid = 'r1-1-1'`,
  ],
  [
    'I7',
    'totals',
    'a line is missing',
    `delete from "order".order_items where (customer_id, order_id, order_item_id) = (1, 1, 2)`,
  ],
  ['I7', 'totals', 'an order has no lines', `delete from "order".order_items where customer_id = 2`],
  [
    'I8',
    'numbered',
    'a number was skipped',
    `update "order".orders set order_id = 3 where (customer_id, order_id) = (1, 2)`,
  ],
  [
    'I8',
    'counter',
    'the counter is ahead',
    `update "order".customer_orders set next_order_id = 3 where customer_id = 1`,
  ],
  ['I8', 'counter', 'the counter is gone', `delete from "order".customer_orders where customer_id = 2`],
  [
    'I12',
    'legal path',
    'a step was skipped',
    `delete from "order".order_history where status = 'READY_FOR_SHIPMENT'`,
  ],
  [
    'I12',
    'each status once',
    'a step was made twice',
    `insert into "order".order_history (customer_id, order_id, status) values (1, 1, 'DELIVERED')`,
  ],
  [
    'I12',
    'in time order',
    'time went backwards',
    `update "order".order_history set created_at = '2025-01-01' where status = 'DELIVERED'`,
  ],
  [
    'I12',
    'up to its status',
    'the order is not where its history ends',
    `update "order".orders set status = 'DELIVERED' where tid = 'r1-1-2'`,
  ],
  ['I12', 'history', 'an order has no history', `delete from "order".order_history where customer_id = 2`],
  ['I19', 'audit log', 'an end was not logged', `delete from "order".audit_log where customer_id = 2`],
  [
    'I19',
    'no other',
    'an end was logged that is none',
    `insert into "order".audit_log (customer_id, order_id, status) values (1, 2, 'DELIVERED')`,
  ],
  ['I19', 'audit log', 'the wrong end was logged', `update "order".audit_log set status = 'PAYMENT_FAILED'`],
  [
    'I19',
    'one row',
    'an end was logged twice',
    `insert into "order".audit_log (customer_id, order_id, status) values (1, 1, 'DELIVERED')`,
  ],
];
const ACROSS: Defect[] = [
  [
    'I4',
    'one line of money',
    'nobody paid',
    'delete from payment.order_payments where (customer_id, order_id) = (1, 2)',
  ],
  [
    'I4',
    'right amount',
    'the amount is a cent off',
    `update payment.order_payments set value = value - 0.01 where type = 'BOLETO'`,
  ],
  [
    'I4',
    'exactly one',
    'the money was taken twice',
    `insert into payment.order_payments values (1, 2, 2, 'CREDIT_CARD', 1, 53, 'succeeded')`,
  ],
  [
    'I4',
    'exactly one',
    'money was taken for no order',
    `insert into payment.order_payments values (2, 9, 1, 'BOLETO', 1, 5, 'succeeded')`,
  ],
  [
    'I5',
    'shipment if',
    'a paid order is not shipped',
    'delete from shipment.shipments where (customer_id, order_id) = (1, 2)',
  ],
  [
    'I5',
    'only if',
    'an unpaid order is shipped',
    `insert into shipment.shipments select 2, 1, 1, 1, now(), 'approved', '', '', '', '', '', '', ''`,
  ],
  [
    'I6',
    'lines of its order',
    'a package has other contents',
    'update shipment.packages set quantity = 9 where order_id = 1 and package_id = 1',
  ],
  [
    'I6',
    'one for one',
    'a package is missing',
    'delete from shipment.packages where order_id = 2 and package_id = 2',
  ],
  [
    'I6',
    'one for one',
    'a package was made twice',
    `insert into shipment.packages select customer_id, order_id, 3, seller_id, product_id, product_name, freight_value, quantity, shipping_date, delivery_date, status from shipment.packages where order_id = 2 and package_id = 2`,
  ],
  [
    'I9',
    'orders paid',
    'a payment was counted twice',
    'update customer.customers set success_payment_count = 3 where id = 1',
  ],
  [
    'I9',
    'not paid',
    'a failure was not counted',
    'update customer.customers set failed_payment_count = 0 where id = 2',
  ],
  [
    'I9',
    'packages delivered',
    'a delivery was counted twice',
    'update customer.customers set delivery_count = 4 where id = 1',
  ],
  [
    'I10',
    'lines of the orders',
    'an entry is missing',
    'delete from seller.order_entries where order_id = 2 and product_id = 1',
  ],
  [
    'I10',
    'same keys',
    'an entry has no line',
    'update seller.order_entries set product_id = 7 where order_id = 2 and product_id = 1',
  ],
  [
    'I10',
    'amounts',
    'an amount differs',
    'update seller.order_entries set total_incentive = 0 where total_incentive > 0',
  ],
  [
    'I10',
    'status',
    'an entry is behind its order',
    `update seller.order_entries set order_status = 'IN_TRANSIT' where order_status = 'DELIVERED'`,
  ],
  [
    'I14',
    'every version',
    'stock missed a replacement',
    `update stock.stock_items set version = '0' where product_id = 2`,
  ],
  [
    'I14',
    'every price',
    'the replica missed a price',
    'update cart.replica_products set price = 10 where product_id = 1',
  ],
  [
    'I14',
    'every version',
    'the replica missed a replacement',
    `update cart.replica_products set version = '0' where product_id = 2`,
  ],
  [
    'I14',
    'replica',
    'the replica misses a product',
    'delete from cart.replica_products where product_id = 2',
  ],
  [
    'I18',
    'concluded',
    'a shipment was concluded too early',
    `update shipment.shipments set status = 'concluded' where order_id = 2`,
  ],
  [
    'I18',
    'when all',
    'a shipment was not concluded',
    `update shipment.shipments set status = 'delivery_in_progress' where order_id = 1`,
  ],
  [
    'I18',
    'in progress',
    'a shipment did not notice a delivery',
    `update shipment.shipments set status = 'approved' where order_id = 2`,
  ],
];
const MARKS: Defect[] = [
  [
    'I15',
    'exactly one paid order',
    'SUCCESS without an order',
    `update "order".orders set tid = 'r1-9-9' where tid = 'r1-1-1'`,
  ],
  ['I15', 'exactly one paid order', 'SUCCESS with two orders', `update "order".orders set tid = 'r1-1-1'`],
  [
    'I15',
    'has its SUCCESS mark',
    'a paid order that nobody was told of',
    `delete from benchmark.transaction_marks where tid = 'r1-1-2'`,
  ],
  [
    'I15',
    'NOT_ACCEPTED',
    'a refused checkout has a paid order',
    `update "order".orders set tid = 'r1-1-3' where tid = 'r1-1-2'`,
  ],
  [
    'I15',
    'left nothing behind',
    'an aborted checkout left a reservation',
    `update stock.reservations set tid = 'r1-1-4' where tid = 'r1-1-3'; update stock.reservations set outcome = 'RESERVED', stock_version = item_version where tid = 'r1-1-4'`,
  ],
  [
    'I15',
    'left nothing behind',
    'an aborted checkout left an order',
    `update "order".orders set tid = 'r1-1-4' where tid = 'r1-2-1'`,
  ],
  [
    'I15',
    'nothing was lost',
    'an accepted checkout never ended',
    `delete from benchmark.transaction_marks where tid = 'r1-1-3'`,
  ],
  [
    'I15',
    'nothing was lost',
    'an accepted price update never ended',
    `delete from benchmark.transaction_marks where tid = 'r1-2-2'`,
  ],
  [
    'I15',
    'ended twice',
    'a checkout ended twice',
    `insert into benchmark.transaction_marks (tid, type, actor_id, status, source) values ('r1-1-1', 'CUSTOMER_SESSION', 1, 'NOT_ACCEPTED', 'payment')`,
  ],
];
const DELIVERIES: Defect[] = [
  [
    'I16',
    'delivered twice',
    'an event was delivered twice',
    `insert into banyan.deliveries (listener, event_id, partition, state) select listener, event_id, partition, state from banyan.deliveries`,
  ],
  ['I16', 'primary or unique key', 'the key that keeps them apart is gone', 'select 1'],
];

/** All of them. */
export const DEFECTS: readonly Defect[] = [...STOCK, ...ORDERS, ...ACROSS, ...MARKS, ...DELIVERIES];
