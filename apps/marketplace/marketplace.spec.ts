import { loadSettings } from '#platform/config';
import { nameModules, type Started } from '#platform/host';
import { type Backend, type RunningModules, startModules } from '#testing';
import { startStandIns } from '../stand-ins/start-stand-ins.js';
import { CHECKOUT, CUSTOMER, ITEM, PRODUCT, SELLER, STOCK } from './bodies.fixture.js';
import { marketplace } from './modules.js';

interface Way {
  readonly name: string;
  readonly backend: Backend;
  readonly asIfRemote?: boolean;
  readonly apart?: readonly string[] | 'all';
}

const MODULES = nameModules(marketplace).map((module) => module.name);

/** Each single module apart, on both backends. */
const SINGLE: readonly Way[] = MODULES.flatMap((module) =>
  (['postgres', 'redis'] as const).map((backend) => ({
    name: `with ${module} apart on ${backend}`,
    backend,
    apart: [module],
  })),
);

/** Together, all apart; and of the single ones every one (`npm run test:placements`), or the one whose turn it is today. */
const WAYS: readonly Way[] = [
  { name: 'together on Postgres', backend: 'postgres' },
  { name: 'together on Redis, calls between modules as if remote', backend: 'redis', asIfRemote: true },
  { name: 'all apart on Postgres', backend: 'postgres', apart: 'all' },
  { name: 'all apart on Redis', backend: 'redis', apart: 'all' },
  ...(process.env['PLACEMENTS'] === 'all' ? SINGLE : SINGLE.slice(turnOf(SINGLE.length)).slice(0, 1)),
];

function turnOf(ways: number): number {
  return Math.floor(Date.now() / 86_400_000) % ways;
}

describe.each(WAYS)('the whole marketplace $name', ({ backend, asIfRemote, apart }) => {
  let shop: RunningModules;
  let outside: Started;
  let customer = 0;

  beforeAll(async () => {
    const standIns = await startStandIns(loadSettings({ env: {}, file: '' }));
    outside = standIns;
    shop = await startModules({
      here: marketplace,
      backend,
      asIfRemote,
      apart,
      settings: {
        BENCH: 'true',
        PAYMENT_PROVIDER_URL: String(standIns.settings.PAYMENT_PROVIDER_URL),
        CARRIER_URL: String(standIns.settings.CARRIER_URL),
      },
    });
    for (const seller of [1, 2]) {
      await expectStatus(201, 'POST', '/seller', { id: seller, name: `Seller ${seller}`, ...SELLER });
      for (const product_id of [1, 2, 3]) {
        await expectStatus(201, 'POST', '/product', { seller_id: seller, product_id, ...PRODUCT });
        await expectStatus(201, 'POST', '/stock', { seller_id: seller, product_id, ...STOCK });
      }
    }
    await shop.drain();
  });
  beforeEach(async () => {
    customer += 1;
    await expectStatus(201, 'POST', '/customer', { id: customer, ...CUSTOMER });
  });
  afterAll(async () => {
    await shop?.stop();
    await outside?.stop();
  });

  async function expectStatus(status: number, method: string, path: string, body?: unknown) {
    const answer = await shop.http(method, path, body);
    if (answer.status !== status)
      throw new Error(`${method} ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }
  const add = (SellerId: number, ProductId: number, more = {}) =>
    expectStatus(202, 'PATCH', `/cart/${customer}/add`, { SellerId, ProductId, ...ITEM, ...more });
  const checkOut = (tid: string) =>
    shop.http('POST', `/cart/${customer}/checkout`, { CustomerId: customer, instanceId: tid, ...CHECKOUT });
  const marks = (tid: string) =>
    shop.query<{ status: string; source: string }>(
      'select status, source from benchmark.transaction_marks where tid = $1',
      [tid],
    );

  it('takes a cart of two items to one order, one payment, one shipment with two packages, and a mark of success', async () => {
    await add(1, 1);
    await add(2, 1);
    expect((await checkOut('a1')).status).toBe(202);
    await shop.drain();
    const [order] = await expectStatus(200, 'GET', `/order/${customer}`);
    expect(order).toMatchObject({
      order_id: 1,
      status: 'READY_FOR_SHIPMENT',
      count_items: 2,
      total_items: 320,
      total_invoice: 330,
    });
    const shipment = await expectStatus(200, 'GET', `/shipment/${customer}/1`);
    expect(shipment.packages).toHaveLength(2);
    const tracking = await expectStatus(200, 'GET', `/tracking/${customer}/1`);
    expect(tracking.payment.lines[0]).toMatchObject({ type: 'CREDIT_CARD', value: 330 });
    expect(await marks('a1')).toEqual([{ status: 'SUCCESS', source: 'shipment' }]);
    expect(await expectStatus(200, 'GET', '/stock/1/1')).toMatchObject({ qty_reserved: 0 });
    expect(await expectStatus(200, 'GET', `/customer/${customer}`)).toMatchObject({
      success_payment_count: 1,
    });
  });

  it('numbers the orders of a customer without a gap', async () => {
    for (const tid of ['b1', 'b2']) {
      await add(1, 2);
      expect((await checkOut(tid)).status).toBe(202);
    }
    await shop.drain();
    const orders: { order_id: number }[] = await expectStatus(200, 'GET', `/order/${customer}`);
    expect(orders.map((order) => order.order_id).sort()).toEqual([1, 2]);
  });

  it('answers the same to the same instanceId, and orders once', async () => {
    await add(1, 1);
    const answers = await Promise.all([checkOut('c1'), checkOut('c1'), checkOut('c1')]);
    expect(new Set(answers.map((answer) => JSON.stringify([answer.status, answer.body]))).size).toBe(1);
    await shop.drain();
    expect(await expectStatus(200, 'GET', `/order/${customer}`)).toHaveLength(1);
    expect(await marks('c1')).toHaveLength(1);
  });

  it('refuses an empty cart with a problem that says why, and marks it as not accepted', async () => {
    const answer = await checkOut('d1');
    expect([404, 409]).toContain(answer.status);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.body).toMatchObject({
      statusCode: answer.status,
      message: expect.any(String),
      code: expect.stringContaining('cart.'),
    });
    await shop.drain();
    expect(await marks('d1')).toMatchObject([{ status: 'NOT_ACCEPTED' }]);
  });

  it('brings a new price into the cart’s replica, and a replaced product makes old carts unsellable', async () => {
    await expectStatus(202, 'PATCH', '/product', {
      sellerId: 2,
      productId: 2,
      price: 88,
      version: '0',
      instanceId: `p${customer}`,
    });
    await shop.drain();
    expect(
      await shop.query(
        'select price::float8 from cart.replica_products where seller_id = 2 and product_id = 2',
      ),
    ).toEqual([{ price: 88 }]);
    await add(2, 3);
    const replaced = await shop.http('PUT', '/product', {
      seller_id: 2,
      product_id: 3,
      ...PRODUCT,
      version: `v${customer}`,
    });
    expect([200, 202]).toContain(replaced.status);
    await shop.drain();
    expect(await expectStatus(200, 'GET', '/stock/2/3')).toMatchObject({ version: `v${customer}` });
    expect((await checkOut('e1')).status).toBe(202);
    await shop.drain();
    expect(await marks('e1')).toEqual([{ status: 'NOT_ACCEPTED', source: 'stock' }]);
  });

  it('delivers, and a delivered order leaves its seller’s dashboard', async () => {
    for (let cleared = 1; cleared > 0; )
      cleared = (await expectStatus(202, 'PATCH', `/shipment/clear${Math.random()}`)).delivered.length;
    await shop.drain();
    const before = await expectStatus(200, 'GET', '/seller/dashboard/1');
    await add(1, 1);
    await checkOut('f1');
    await shop.drain();
    const during = await expectStatus(200, 'GET', '/seller/dashboard/1');
    expect(during.sellerView.count_orders).toBe(before.sellerView.count_orders + 1);
    await expectStatus(202, 'PATCH', '/shipment/f2');
    await shop.drain();
    expect(await expectStatus(200, 'GET', '/seller/dashboard/1')).toEqual(before);
    const [order] = await expectStatus(200, 'GET', `/order/${customer}`);
    expect(order.status).toBe('DELIVERED');
  });

  it('can be followed by one trace id through every module that a checkout touches', async () => {
    const traceparent = `00-${'5'.repeat(31)}${customer % 10}-${'7'.repeat(16)}-01`;
    await add(1, 1);
    const answer = await shop.http(
      'POST',
      `/cart/${customer}/checkout`,
      { CustomerId: customer, instanceId: 'g1', ...CHECKOUT },
      { traceparent },
    );
    expect(answer.status).toBe(202);
    await shop.drain();
    const rows = await shop.query<{ module: string }>(
      `select distinct split_part(d.listener, '.', 1) as module from banyan.events e join banyan.deliveries d on d.event_id = e.id
       where split_part(e.traceparent, '-', 2) = $1 order by 1`,
      [traceparent.split('-')[1]],
    );
    expect(rows.map((row) => row.module)).toEqual(
      expect.arrayContaining(['benchmark', 'customer', 'order', 'payment', 'seller', 'shipment', 'stock']),
    );
  });

  it('keeps card numbers and codes out of events, attempts and queues', async () => {
    await add(1, 1);
    await checkOut('h1');
    await shop.drain();
    const [leaks] = await shop.query<{ count: number }>(
      `select count(*)::int from banyan.events where payload::text like '%4000000000000002%' or payload::text like '%"987"%'`,
    );
    expect(leaks?.count).toBe(0);
    expect(
      await shop.query(`select from "order".orders o where o::text like '%4000000000000002%'`),
    ).toHaveLength(0);
  });

  it('starts over for a benchmark when it is told to', async () => {
    await expectStatus(200, 'PATCH', '/reset');
    await shop.drain();
    expect(await shop.query('select from "order".orders')).toHaveLength(0);
    expect(await expectStatus(200, 'GET', '/stock/1/1')).toMatchObject({
      qty_available: 10_000,
      qty_reserved: 0,
      version: '0',
    });
  });
});
