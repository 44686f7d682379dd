import { CartModule } from '#marketplace/cart/module';
import { CheckoutModule } from '#marketplace/checkout/module';
import { CustomerModule } from '#marketplace/customer/module';
import { OrderModule } from '#marketplace/order/module';
import { PaymentModule } from '#marketplace/payment/module';
import { ProductModule } from '#marketplace/product/module';
import { SellerModule } from '#marketplace/seller/module';
import { ShipmentModule } from '#marketplace/shipment/module';
import { StockModule } from '#marketplace/stock/module';
import { TrackingModule } from '#marketplace/tracking/module';
import { type RunningModules, startModules } from '#testing';
import { BenchmarkModule } from './benchmark.module.js';
import { readMarks } from './mark-reader.sample.js';
import { buy, loadCustomer, loadProduct, loadSeller } from './marketplace.sample.js';

describe.each([
  ['postgres', false],
  ['postgres', true],
  ['redis', false],
] as const)('the whole marketplace (woken by %s, as if remote: %s)', (backend, asIfRemote) => {
  let shop: RunningModules;

  beforeAll(async () => {
    shop = await startModules({
      here: [
        BenchmarkModule,
        CartModule,
        CheckoutModule,
        CustomerModule,
        OrderModule,
        PaymentModule,
        ProductModule,
        SellerModule,
        ShipmentModule,
        StockModule,
        TrackingModule,
      ],
      backend,
      asIfRemote,
      settings: { BENCH: 'true', PAYMENT_PROVIDER: 'false' },
    });
    await Promise.all([
      loadSeller(shop, 1),
      loadCustomer(shop, 1),
      loadProduct(shop, 1, 1),
      loadProduct(shop, 1, 2),
    ]);
    await shop.drain();
  });
  afterAll(() => shop?.stop());
  afterEach(async () => {
    expect((await shop.http('PATCH', '/reset')).status).toBe(200);
  });

  const dashboard = async () => (await shop.http('GET', '/seller/dashboard/1')).body;

  it('turns a checkout of two products into an order, a payment, a shipment of two packages, and one mark', async () => {
    const marks = await readMarks(shop.url);
    await buy(shop, 1, 1, [1, 2], 'smoke');
    await marks.until(1);
    expect(marks.tids).toEqual(['smoke']);
    marks.close();
    await shop.drain();

    const { status, body } = await shop.http('GET', '/tracking/1/1');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      summary: 'On the way: 2 packages have left.',
      order: { tid: 'smoke', status: 'READY_FOR_SHIPMENT', total_invoice: 23 },
      payment: { state: 'settled', lines: [{ type: 'BOLETO', value: 23, status: 'succeeded' }] },
      shipment: { state: 'known', delivered: 0, shipment: { package_count: 2, status: 'approved' } },
    });
    expect((await dashboard()).sellerView).toMatchObject({
      count_orders: 1,
      count_items: 2,
      total_invoice: 23,
    });
    expect((await shop.http('GET', '/customer/1')).body).toMatchObject({ success_payment_count: 1 });
    expect((await shop.http('GET', '/tracking/1/2')).status).toBe(404);
  });

  it('numbers the orders of a customer, each with its shipment', async () => {
    await buy(shop, 1, 1, [1], 'first');
    await shop.drain();
    await buy(shop, 1, 1, [2], 'second');
    await shop.drain();
    const { body } = await shop.http('GET', '/order/1');
    expect(body.map((order: { order_id: number; tid: string }) => [order.order_id, order.tid])).toEqual([
      [1, 'first'],
      [2, 'second'],
    ]);
    expect((await shop.http('GET', '/shipment/1/2')).body).toMatchObject({ package_count: 1 });
  });

  it('of ten checkouts from one seller, one update-delivery closes exactly one', async () => {
    for (let order = 1; order <= 10; order++) {
      await buy(shop, 1, 1, [1, 2], `t${order}`);
      await shop.drain();
    }
    expect((await dashboard()).sellerView.count_orders).toBe(10);

    expect((await shop.http('PATCH', '/shipment/delivery')).body.delivered).toHaveLength(2);
    await shop.drain();
    expect((await dashboard()).sellerView).toMatchObject({ count_orders: 9, count_items: 18 });
    expect((await shop.http('GET', '/customer/1')).body).toMatchObject({ delivery_count: 2 });
    expect((await shop.http('GET', '/tracking/1/1')).body).toMatchObject({
      summary: 'Delivered: all packages have arrived.',
      order: { status: 'DELIVERED' },
    });
  });

  it('is back at the start after a reset, and empty after a cleanup', async () => {
    await buy(shop, 1, 1, [1], 'gone');
    await shop.drain();
    expect((await shop.http('PATCH', '/reset')).status).toBe(200);
    expect((await shop.http('GET', '/order/1')).body).toEqual([]);
    expect((await shop.http('GET', '/customer/1')).body).toMatchObject({ success_payment_count: 0 });
    expect((await shop.http('GET', '/stock/1/1')).body).toMatchObject({
      qty_available: 10_000,
      qty_reserved: 0,
    });
    expect((await dashboard()).orderEntries).toEqual([]);

    expect((await shop.http('PATCH', '/cleanup')).status).toBe(200);
    expect((await shop.http('GET', '/customer/1')).status).toBe(404);
    expect((await shop.http('GET', '/product/1/1')).status).toBe(404);
    const left = await shop.query<{ name: string }>(
      `select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind = 'r' and exists (select from pg_roles where rolname = 'banyan_' || n.nspname)`,
    );
    const tables = left.map((table) => table.name);
    expect(tables.length).toBeGreaterThan(15);
    const rows = tables.map((table) => `select '${table}' as name from ${table}`).join(' union ');
    expect(await shop.query(rows)).toEqual([]);
  });
});
