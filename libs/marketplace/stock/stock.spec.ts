import { type CartItem, ReserveStock } from '#marketplace/cart';
import { OrderAbandoned } from '#marketplace/order';
import { PaymentConfirmed, PaymentFailed } from '#marketplace/payment';
import { ProductUpdated } from '#marketplace/product';
import { type RunningModules, startModules } from '#testing';
import { details, item } from '../cart/cart.samples.js';
import { anInvoice, notPaid, paid } from '../order/order.sample.js';
import { StockApi } from './contract/index.js';
import { StockModule } from './stock.module.js';

let shop: RunningModules;
beforeAll(async () => {
  shop = await startModules({ here: [StockModule], settings: { RAISE_STOCK_FAILED: 'true' } });
});
afterAll(() => shop.stop());
beforeEach(async () => {
  await shop.get(StockApi).cleanup();
  await shop.query('delete from banyan.deliveries');
  await shop.query('delete from banyan.events');
});

const line = (ProductId: number, Quantity: number, Version = '0') => item({ ProductId, Quantity, Version });
const timestamp = '2026-01-01T10:00:00.000Z';
const reserve = (tid: string, items: CartItem[], customerId = 1) =>
  shop.publish(ReserveStock, {
    timestamp,
    customerCheckout: { ...details(tid), CustomerId: customerId },
    items,
    instanceId: tid,
  });
const owed = (tid: string, customerId = 1) => ({ ...anInvoice({ customerId }), instanceId: tid });
const pay = (tid: string, customerId = 1) => shop.publish(PaymentConfirmed, paid(owed(tid, customerId)));
const refuse = (tid: string) => shop.publish(PaymentFailed, notPaid(owed(tid)));
const replaced = (product_id: number, version: string, active = true) =>
  shop.publish(ProductUpdated, {
    seller_id: 1,
    product_id,
    name: 'lamp',
    sku: 'LAMP',
    category: 'light',
    description: '',
    price: 10,
    freight_value: 1,
    status: 'approved',
    version,
    active,
    sequence: 2,
    instanceId: version,
  });
const put = (product_id: number, qty_available: number) =>
  shop.http('POST', '/stock', { seller_id: 1, product_id, qty_available, version: '0' });
const find = async (productId: number) => (await shop.http('GET', `/stock/1/${productId}`)).body;
const told = async (type: string) => {
  const rows = await shop.query<{ payload: Record<string, unknown> }>(
    'select payload from banyan.events where type = $1 order by id',
    [type],
  );
  return rows.map((row) => row.payload);
};
const dead = () =>
  shop.query<{ listener: string; reason: string }>(
    `select listener, reason from banyan.deliveries where state = 'dead' order by event_id`,
  );

describe('the shelf', () => {
  it('is filled, looked at and filled up', async () => {
    const row = { seller_id: 1, product_id: 3, qty_available: 5, ytd: 12, data: 'a sentence', version: '0' };
    const kept = { ...row, qty_reserved: 0, order_count: 0, active: true };
    expect(await shop.http('POST', '/stock', row)).toMatchObject({ status: 201, body: kept });
    expect(await shop.http('GET', '/stock/1/3')).toMatchObject({ status: 200, body: kept });
    expect(await shop.http('GET', '/stock/1')).toMatchObject({ status: 200, body: [kept] });
    const more = await shop.http('PATCH', '/stock', { seller_id: 1, product_id: 3, quantity: 7 });
    expect(more).toMatchObject({ status: 202, body: { qty_available: 12 } });
  });

  it('answers 404 for what it does not know, and 400 for what is no stock', async () => {
    expect(await shop.http('GET', '/stock/1/9')).toMatchObject({
      status: 404,
      body: { code: 'stock.unknown-item' },
    });
    const more = await shop.http('PATCH', '/stock', { seller_id: 1, product_id: 9, quantity: 1 });
    expect(more).toMatchObject({ status: 404, body: { code: 'stock.unknown-item' } });
    expect((await put(1, -1)).status).toBe(400);
    expect((await shop.http('GET', '/stock/x/1')).status).toBe(400);
    const less = { seller_id: 1, product_id: 1, qty_available: 1, qty_reserved: 2 };
    expect((await shop.http('POST', '/stock', less)).status).toBe(400);
  });

  it('keeps what is reserved when it is replaced, and refuses to hold less than that', async () => {
    await put(1, 10);
    await reserve('kept', [line(1, 4)]);
    await shop.drain();
    expect((await put(1, 6)).body).toMatchObject({ qty_available: 6, qty_reserved: 4 });
    expect(await put(1, 3)).toMatchObject({ status: 409, body: { code: 'stock.less-than-reserved' } });
  });

  it('is as new after a reset, and empty after a cleanup', async () => {
    await put(1, 50);
    await reserve('reset', [line(1, 5)]);
    await replaced(1, 'v2');
    await shop.drain();
    await shop.get(StockApi).reset();
    expect(await find(1)).toMatchObject({
      qty_available: 10_000,
      qty_reserved: 0,
      version: '0',
      active: true,
    });
    expect(await shop.query('select * from stock.reservations')).toEqual([]);
    await shop.get(StockApi).cleanup();
    expect((await shop.http('GET', '/stock/1')).body).toEqual([]);
  });
});

describe('a reservation', () => {
  it('goes on with what could be reserved, and tells of the rest', async () => {
    await put(1, 10);
    await put(2, 1);
    await replaced(1, 'v2');
    await shop.drain();
    await reserve('partial', [line(1, 1), line(2, 2), line(1, 3, 'v2'), line(8, 1)]);
    await shop.drain();
    const [confirmed] = await told('StockConfirmed');
    expect(confirmed).toMatchObject({ timestamp, instanceId: 'partial', items: [line(1, 3, 'v2')] });
    const [failed] = await told('ReserveStockFailed');
    expect(failed?.['products']).toEqual([
      { Id: 1, SellerId: 1, Status: 'UNAVAILABLE', UnitPrice: 10, OldUnitPrice: 10, QtyAvailable: 0 },
      { Id: 2, SellerId: 1, Status: 'OUT_OF_STOCK', UnitPrice: 10, OldUnitPrice: 10, QtyAvailable: 1 },
      { Id: 8, SellerId: 1, Status: 'UNAVAILABLE', UnitPrice: 10, OldUnitPrice: 10, QtyAvailable: 0 },
    ]);
    expect(await find(1)).toMatchObject({ qty_available: 10, qty_reserved: 3 });
    expect(await find(2)).toMatchObject({ qty_reserved: 0 });
    const ledger = await shop.query(
      `select line, product_id, item_version, stock_version, outcome from stock.reservations order by line`,
    );
    expect(ledger).toEqual([
      { line: 1, product_id: 1, item_version: '0', stock_version: 'v2', outcome: 'UNAVAILABLE' },
      { line: 2, product_id: 2, item_version: '0', stock_version: '0', outcome: 'OUT_OF_STOCK' },
      { line: 3, product_id: 1, item_version: 'v2', stock_version: 'v2', outcome: 'RESERVED' },
      { line: 4, product_id: 8, item_version: '0', stock_version: null, outcome: 'UNAVAILABLE' },
    ]);
  });

  it('of nothing ends the checkout: not accepted', async () => {
    await reserve('nothing', [line(1, 1)], 5);
    await shop.drain();
    expect(await told('StockConfirmed')).toEqual([]);
    expect(await told('TransactionMark')).toEqual([
      { tid: 'nothing', type: 'CUSTOMER_SESSION', actorId: 5, status: 'NOT_ACCEPTED', source: 'stock' },
    ]);
  });

  it('is made once for a checkout, however often it is told', async () => {
    await put(1, 10);
    await reserve('twice', [line(1, 4)]);
    await reserve('twice', [line(1, 4)]);
    await shop.drain();
    expect(await find(1)).toMatchObject({ qty_reserved: 4 });
    expect(await told('StockConfirmed')).toHaveLength(1);
  });

  it('never promises more than there is, when many want the same few things in opposite orders', async () => {
    const products = [1, 2, 3, 4];
    for (const product of products) await put(product, 50);
    const customers = Array.from({ length: 60 }, (_, index) => index + 1);
    const cart = (id: number) =>
      (id % 2 ? products : [...products].reverse()).map((p) => line(p, 1 + ((id + p) % 3)));
    await Promise.all(customers.map((id) => reserve(`rush-${id}`, cart(id), id)));
    await shop.drain();
    const before = (await shop.http('GET', '/stock/1')).body as {
      product_id: number;
      qty_reserved: number;
    }[];
    const promised = await shop.query<{ product_id: number; pieces: number }>(
      `select product_id, sum(quantity)::int as pieces from stock.reservations where outcome = 'RESERVED' group by 1 order by 1`,
    );
    expect(before.map((row) => row.qty_reserved)).toEqual(promised.map((row) => row.pieces));
    expect(before.every((row) => row.qty_reserved > 45 && row.qty_reserved <= 50)).toBe(true);
    const confirmed = (await told('StockConfirmed')) as {
      instanceId: string;
      customerCheckout: { CustomerId: number };
    }[];
    expect(confirmed.length + (await told('TransactionMark')).length).toBe(60);
    await Promise.all(confirmed.map((one) => pay(one.instanceId, one.customerCheckout.CustomerId)));
    await shop.drain();
    const after = (await shop.http('GET', '/stock/1')).body as {
      qty_reserved: number;
      qty_available: number;
    }[];
    expect(after.map((row) => row.qty_reserved)).toEqual([0, 0, 0, 0]);
    expect(after.map((row) => row.qty_available)).toEqual(promised.map((row) => 50 - row.pieces));
  });
});

describe('reserved pieces', () => {
  beforeEach(async () => {
    await put(1, 10);
    await reserve('held', [line(1, 3)]);
    await shop.drain();
  });

  it('leave the shelf once when they are paid, however often that is told', async () => {
    await pay('held');
    await pay('held');
    await shop.drain();
    expect(await find(1)).toMatchObject({ qty_available: 7, qty_reserved: 0, order_count: 1 });
  });

  it('are free again when the payment failed', async () => {
    await refuse('held');
    await refuse('held');
    await shop.drain();
    expect(await find(1)).toMatchObject({ qty_available: 10, qty_reserved: 0, order_count: 0 });
  });

  it('are free again when no order came of them', async () => {
    await shop.publish(OrderAbandoned, { customerId: 1, instanceId: 'held' });
    await shop.drain();
    expect(await find(1)).toMatchObject({ qty_available: 10, qty_reserved: 0 });
  });

  it('that were sold are not released as well: that is dead at once, and changes nothing', async () => {
    await pay('held');
    await shop.drain();
    await refuse('held');
    await shop.drain({ dead: 'allowed' });
    expect(await dead()).toMatchObject([
      { listener: 'stock.release', reason: expect.stringContaining('were sold') },
    ]);
    expect(await find(1)).toMatchObject({ qty_available: 7, qty_reserved: 0 });
  });

  it('must exist to be paid: a payment for nothing is dead at once', async () => {
    await pay('unheard of');
    await shop.drain({ dead: 'allowed' });
    expect(await dead()).toMatchObject([{ listener: 'stock.sell' }]);
  });
});

describe('a replaced product', () => {
  it('is followed, and ends the seller’s transaction', async () => {
    await put(1, 10);
    await replaced(1, 'v2');
    await shop.drain();
    expect(await find(1)).toMatchObject({ version: 'v2', qty_available: 10 });
    expect(await told('TransactionMark')).toEqual([
      { tid: 'v2', type: 'UPDATE_PRODUCT', actorId: 1, status: 'SUCCESS', source: 'stock' },
    ]);
  });

  it('that stock does not know ends it as an error', async () => {
    await replaced(9, 'v2');
    await shop.drain();
    expect(await told('TransactionMark')).toMatchObject([{ tid: 'v2', status: 'ERROR', source: 'stock' }]);
  });

  it('that was withdrawn is not sold any more', async () => {
    await put(1, 10);
    await replaced(1, 'v2', false);
    await reserve('withdrawn', [line(1, 1, 'v2')]);
    await shop.drain();
    expect(await told('StockConfirmed')).toEqual([]);
  });

  it('stands at the last of its versions, told in their order', async () => {
    await put(1, 10);
    for (let version = 1; version <= 20; version++) await replaced(1, `v${version}`);
    await shop.drain();
    expect(await find(1)).toMatchObject({ version: 'v20' });
  });
});

it('nobody hears of what could not be reserved unless the setting says so', async () => {
  const quiet = await startModules({ here: [StockModule] });
  try {
    await quiet.publish(ReserveStock, {
      timestamp,
      customerCheckout: details('quiet'),
      items: [line(1, 1)],
      instanceId: 'quiet',
    });
    await quiet.drain();
    expect(await quiet.query(`select type from banyan.events order by id`)).toEqual([
      { type: 'ReserveStock' },
      { type: 'TransactionMark' },
    ]);
  } finally {
    await quiet.stop();
  }
});
