import { PaymentConfirmed, PaymentFailed } from '#marketplace/payment';
import { ShipmentNotification } from '#marketplace/shipment';
import { StockConfirmed } from '#marketplace/stock';
import { type RunningModules, startModules } from '#testing';
import { details, item } from '../cart/cart.samples.js';
import { type InvoiceIssued, OrderApi } from './contract/index.js';
import { OrderModule } from './order.module.js';
import { notPaid, paid, shipped } from './order.sample.js';

let shop: RunningModules;
beforeAll(async () => {
  shop = await startModules({ here: [OrderModule] });
});
afterAll(() => shop.stop());
beforeEach(async () => {
  await shop.get(OrderApi).cleanup();
  await shop.query('delete from banyan.deliveries');
  await shop.query('delete from banyan.events');
});

const customer = (tid: string, CustomerId: number) => ({ ...details(tid), CustomerId });
const timestamp = '2026-01-01T10:00:00.000Z';
const confirm = (tid: string, customerId = 1, items = [item()]) =>
  shop.publish(StockConfirmed, {
    timestamp,
    customerCheckout: customer(tid, customerId),
    items,
    instanceId: tid,
  });
const told = async <P = Record<string, unknown>>(type: string) => {
  const sql = 'select payload from banyan.events where type = $1 order by id';
  return (await shop.query<{ payload: P }>(sql, [type])).map((row) => row.payload);
};
const invoiceOf = async (tid: string) =>
  (await told<InvoiceIssued>('InvoiceIssued')).find((one) => one.instanceId === tid) as InvoiceIssued;
const pay = (invoice: InvoiceIssued) => shop.publish(PaymentConfirmed, paid(invoice));
const refuse = (invoice: InvoiceIssued) => shop.publish(PaymentFailed, notPaid(invoice));
const ship = (...step: Parameters<typeof shipped>) => shop.publish(ShipmentNotification, shipped(...step));
const find = async (orderId = 1, customerId = 1) =>
  (await shop.http('GET', `/order/${customerId}/${orderId}`)).body;
const path = async () => ((await find()).history as { status: string }[]).map((row) => row.status);
const audit = () => shop.query('select customer_id, order_id, status from "order".audit_log order by 1, 2');

describe('a confirmed reservation', () => {
  it('becomes an order with its lines, its totals, its history and an invoice', async () => {
    await confirm('t1', 1, [
      item({ UnitPrice: 19.99, Voucher: 2 }),
      item({ SellerId: 2, Quantity: 1, Voucher: 50 }),
    ]);
    await shop.drain();
    const invoice = await invoiceOf('t1');
    expect(invoice).toMatchObject({
      orderId: 1,
      totalInvoice: 40.98,
      instanceId: 't1',
      customer: customer('t1', 1),
    });
    expect(invoice.invoiceNumber).toMatch(/^1-\d{8}-1$/);
    expect(invoice.items.map((line) => line.total_incentive)).toEqual([2, 10]);
    const order = await find();
    expect(order).toMatchObject({
      customer_id: 1,
      order_id: 1,
      tid: 't1',
      status: 'INVOICED',
      invoice_number: invoice.invoiceNumber,
      purchase_date: timestamp,
      payment_date: null,
      count_items: 2,
      total_items: 49.98,
      total_incentive: 12,
      total_amount: 37.98,
      total_freight: 3,
      total_invoice: 40.98,
    });
    expect(order.items).toEqual(invoice.items);
    expect(order.history).toEqual([{ status: 'INVOICED', created_at: expect.any(String) }]);
    const { items: _, history: __, ...row } = order;
    expect((await shop.http('GET', '/order/1')).body).toEqual([row]);
  });

  it('becomes one order, however often it is told', async () => {
    await confirm('t1');
    await confirm('t1');
    await confirm('t2');
    await shop.drain();
    const orders = (await shop.http('GET', '/order/1')).body as { order_id: number; tid: string }[];
    expect(orders.map((order) => [order.order_id, order.tid])).toEqual([
      [1, 't1'],
      [2, 't2'],
    ]);
    expect(await told('InvoiceIssued')).toHaveLength(2);
  });

  it('takes the next number of its customer: numbers are dense, whatever runs at once', async () => {
    const customers = [1, 2, 3, 4, 5];
    const checkouts = customers.flatMap((id) =>
      Array.from({ length: 20 }, (_, n) => ({ id, tid: `${id}-${n}` })),
    );
    await Promise.all(checkouts.map(({ id, tid }) => confirm(tid, id)));
    await shop.drain();
    expect(
      await shop.query(
        `select o.customer_id, count(*)::int as n, max(order_id) as last, c.next_order_id from "order".orders o
         join "order".customer_orders c using (customer_id) group by 1, 4 order by 1`,
      ),
    ).toEqual(customers.map((customer_id) => ({ customer_id, n: 20, last: 20, next_order_id: 20 })));
    expect(await told('InvoiceIssued')).toHaveLength(100);
  });

  it('too dear for the books is not accepted: stock lets go, and no number is lost', async () => {
    await confirm('dear', 1, [item({ UnitPrice: 9_999_999_999.99, Quantity: 1_000 })]);
    await confirm('cheap');
    await shop.drain();
    expect(await told('OrderAbandoned')).toEqual([{ customerId: 1, instanceId: 'dear' }]);
    expect(await told('TransactionMark')).toEqual([
      { tid: 'dear', type: 'CUSTOMER_SESSION', actorId: 1, status: 'NOT_ACCEPTED', source: 'order' },
    ]);
    expect((await shop.http('GET', '/order/1')).body).toMatchObject([{ order_id: 1, tid: 'cheap' }]);
  });
});

describe('an order', () => {
  let invoice: InvoiceIssued;
  beforeEach(async () => {
    await confirm('t1');
    await shop.drain();
    invoice = await invoiceOf('t1');
  });

  it('goes its way to the door, with a date and a row of history at each step', async () => {
    await pay(invoice);
    await ship(invoice, 'approved');
    await ship(invoice, 'delivery_in_progress', '2026-01-02T00:00:00.000Z');
    await ship(invoice, 'concluded', '2026-01-03T00:00:00.000Z');
    await shop.drain();
    expect(await path()).toEqual([
      'INVOICED',
      'PAYMENT_PROCESSED',
      'READY_FOR_SHIPMENT',
      'IN_TRANSIT',
      'DELIVERED',
    ]);
    expect(await find()).toMatchObject({
      status: 'DELIVERED',
      payment_date: paid(invoice).date,
      delivered_carrier_date: '2026-01-02T00:00:00.000Z',
      delivered_customer_date: '2026-01-03T00:00:00.000Z',
    });
    expect(await audit()).toEqual([{ customer_id: 1, order_id: 1, status: 'DELIVERED' }]);
  });

  it('ends when it is not paid, and says so once', async () => {
    await refuse(invoice);
    await refuse(invoice);
    await shop.drain();
    expect(await path()).toEqual(['INVOICED', 'PAYMENT_FAILED']);
    expect(await audit()).toEqual([{ customer_id: 1, order_id: 1, status: 'PAYMENT_FAILED' }]);
  });

  it('is not moved by news that it has behind it', async () => {
    await pay(invoice);
    await ship(invoice, 'approved');
    await ship(invoice, 'delivery_in_progress');
    await pay(invoice);
    await ship(invoice, 'approved');
    await shop.drain();
    expect(await path()).toEqual(['INVOICED', 'PAYMENT_PROCESSED', 'READY_FOR_SHIPMENT', 'IN_TRANSIT']);
    expect(await audit()).toEqual([]);
  });

  it('waits for what comes before, when news is early', async () => {
    const early = await ship(invoice, 'approved');
    let attempts = 0;
    while (attempts === 0) {
      const [row] = await shop.query<{ attempts: number }>(
        'select attempts from banyan.deliveries where event_id = $1',
        [early],
      );
      attempts = row?.attempts ?? 0;
    }
    expect(await path()).toEqual(['INVOICED']);
    await shop.query(`update "order".orders set status = 'PAYMENT_PROCESSED'`);
    await shop.drain();
    expect(await find()).toMatchObject({ status: 'READY_FOR_SHIPMENT' });
  });

  it('that was not paid can’t be paid after all: that is dead at once', async () => {
    await refuse(invoice);
    await pay(invoice);
    await shop.drain({ dead: 'allowed' });
    expect(await find()).toMatchObject({ status: 'PAYMENT_FAILED' });
    expect(await shop.query(`select listener from banyan.deliveries where state = 'dead'`)).toEqual([
      { listener: 'order.follow' },
    ]);
  });
});

it('what is not there is told so', async () => {
  expect(await shop.http('GET', '/order/1/1')).toMatchObject({
    status: 404,
    body: { code: 'order.unknown' },
  });
  expect(await shop.http('GET', '/order/1')).toMatchObject({ status: 200, body: [] });
  expect((await shop.http('GET', '/order/zero')).status).toBe(400);
});
