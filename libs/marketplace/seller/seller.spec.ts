import { InvoiceIssued } from '#marketplace/order';
import { PaymentConfirmed, PaymentFailed } from '#marketplace/payment';
import { DeliveryNotification, ShipmentNotification } from '#marketplace/shipment';
import { type RunningModules, startModules } from '#testing';
import { anInvoice, delivered, notPaid, paid, shipped } from '../order/order.sample.js';
import type { Dashboard } from './contract/seller.api.js';
import { SellerModule } from './seller.module.js';

/** An order with a line for each seller in `sellers`: two pieces of 10.00 less 1.50, and 1.01 for their freight. */
const orderOf = (customerId: number, orderId: number, sellers: readonly number[]): InvoiceIssued => {
  const sums = { quantity: 2, freight_value: 1.01, total_incentive: 1.5 };
  return anInvoice({ customerId, orderId, lines: sellers.map((seller_id) => ({ seller_id, ...sums })) });
};

describe('seller', () => {
  let shop: RunningModules;

  beforeAll(async () => {
    shop = await startModules({ here: [SellerModule] });
  });
  afterAll(() => shop?.stop());

  const dashboard = async (seller: number): Promise<Dashboard> => {
    const { status, body } = await shop.http('GET', `/seller/dashboard/${seller}`);
    expect(status).toBe(200);
    return body;
  };
  const register = (id: number) =>
    shop.http('POST', '/seller', { id, name: `Seller ${id}`, city: 'Figtree' });

  it('registers sellers, and answers with them', async () => {
    expect((await register(1)).status).toBe(201);
    expect((await shop.http('GET', '/seller/1')).body).toMatchObject({
      id: 1,
      name: 'Seller 1',
      city: 'Figtree',
    });
    expect((await shop.http('GET', '/seller/404')).status).toBe(404);
    expect((await shop.http('POST', '/seller', { id: 'x' })).status).toBe(400);
  });

  it('has an empty dashboard for a seller without orders, and none for nobody', async () => {
    await register(2);
    expect(await dashboard(2)).toEqual({
      sellerView: {
        seller_id: 2,
        count_orders: 0,
        count_items: 0,
        total_amount: 0,
        total_freight: 0,
        total_incentive: 0,
        total_invoice: 0,
        total_items: 0,
      },
      orderEntries: [],
    });
    expect((await shop.http('GET', '/seller/dashboard/404')).status).toBe(404);
  });

  it('shows an order from its invoice until its last package arrived', async () => {
    const order = orderOf(1, 1, [3, 3]);
    await shop.publish(InvoiceIssued, order);
    await shop.drain();
    expect(await dashboard(3)).toMatchObject({
      sellerView: {
        count_orders: 1,
        count_items: 2,
        total_amount: 37,
        total_freight: 2.02,
        total_incentive: 3,
        total_invoice: 39.02,
        total_items: 40,
      },
      orderEntries: [
        {
          natural_key: '1_1',
          order_status: 'INVOICED',
          total_invoice: 19.51,
          delivery_status: null,
          package_id: null,
        },
        { product_id: 2 },
      ],
    });

    await shop.publish(PaymentConfirmed, paid(order));
    await shop.publish(ShipmentNotification, shipped(order, 'approved'));
    await shop.drain();
    expect((await dashboard(3)).orderEntries).toMatchObject([
      { order_status: 'READY_FOR_SHIPMENT', delivery_status: 'ready_to_ship' },
      { order_status: 'READY_FOR_SHIPMENT' },
    ]);

    await shop.publish(DeliveryNotification, delivered(order, 1));
    await shop.publish(ShipmentNotification, shipped(order, 'delivery_in_progress'));
    await shop.drain();
    expect((await dashboard(3)).orderEntries).toMatchObject([
      { order_status: 'IN_TRANSIT', delivery_status: 'delivered', package_id: 1 },
      { order_status: 'IN_TRANSIT', delivery_status: 'ready_to_ship' },
    ]);

    await shop.publish(DeliveryNotification, delivered(order, 2));
    await shop.publish(ShipmentNotification, shipped(order, 'concluded'));
    await shop.drain();
    await register(3);
    expect(await dashboard(3)).toMatchObject({
      sellerView: { count_orders: 0, count_items: 0 },
      orderEntries: [],
    });
    expect(
      await shop.query(`select order_status, delivery_status from seller.order_entries where seller_id = 3`),
    ).toEqual([
      { order_status: 'DELIVERED', delivery_status: 'delivered' },
      { order_status: 'DELIVERED', delivery_status: 'delivered' },
    ]);
  });

  it('counts orders by customer and number: two customers may both have an order 1', async () => {
    await shop.publish(InvoiceIssued, orderOf(11, 1, [4]));
    await shop.publish(InvoiceIssued, orderOf(12, 1, [4]));
    await shop.drain();
    expect((await dashboard(4)).sellerView.count_orders).toBe(2);
  });

  it('drops an order from the dashboard when its payment failed', async () => {
    await register(5);
    const order = orderOf(13, 1, [5]);
    await shop.publish(InvoiceIssued, order);
    await shop.publish(PaymentFailed, notPaid(order));
    await shop.drain();
    expect((await dashboard(5)).orderEntries).toEqual([]);
  });

  it('keeps what it knows when a notice comes late', async () => {
    const order = orderOf(14, 1, [6]);
    await shop.publish(InvoiceIssued, order);
    await shop.publish(ShipmentNotification, shipped(order, 'delivery_in_progress'));
    await shop.publish(ShipmentNotification, shipped(order, 'approved'));
    await shop.publish(PaymentConfirmed, paid(order));
    await shop.drain();
    expect((await dashboard(6)).orderEntries).toMatchObject([
      { order_status: 'IN_TRANSIT', delivery_status: 'ready_to_ship' },
    ]);
  });

  it('enters an invoice once, however often it is told', async () => {
    const order = orderOf(15, 1, [7]);
    await shop.publish(InvoiceIssued, order);
    await shop.publish(InvoiceIssued, order);
    await shop.drain();
    expect((await dashboard(7)).sellerView.count_items).toBe(1);
  });

  it('parks what is told before the invoice, instead of dropping it', async () => {
    const order = orderOf(16, 1, [8]);
    await shop.publish(PaymentConfirmed, paid(order));
    const tried = async () =>
      (
        await shop.query(
          `select 1 from banyan.deliveries where listener = 'seller.follow-order' and attempts > 0 and state = 'pending'`,
        )
      ).length;
    const end = Date.now() + 10_000;
    while ((await tried()) === 0 && Date.now() < end) await new Promise((resolve) => setImmediate(resolve));
    expect(await tried()).toBe(1);
  });
});

describe('the dashboard', () => {
  it('is one snapshot: under load, its sums are always those of its entries', async () => {
    const shop = await startModules({ here: [SellerModule] });
    try {
      await shop.http('POST', '/seller', { id: 1, name: 'Seller 1' });
      const orders = [...Array(40).keys()].map((index) =>
        orderOf(1 + (index % 8), 1 + Math.floor(index / 8), [1, 1, 1]),
      );
      const publishing = (async () => {
        for (const order of orders) await shop.publish(InvoiceIssued, order);
        for (const order of orders) await shop.publish(ShipmentNotification, shipped(order, 'concluded'));
        await shop.drain();
      })();
      let over = false;
      const published = publishing.finally(() => {
        over = true;
      });
      const sizes = new Set<number>();
      while (!over) {
        const { sellerView, orderEntries } = (await shop.http('GET', '/seller/dashboard/1'))
          .body as Dashboard;
        const cents = (pick: (entry: Dashboard['orderEntries'][number]) => number) =>
          orderEntries.reduce((sum, entry) => sum + Math.round(pick(entry) * 100), 0);
        expect(sellerView.count_items).toBe(orderEntries.length);
        expect(sellerView.count_orders).toBe(new Set(orderEntries.map((entry) => entry.natural_key)).size);
        expect(Math.round(sellerView.total_amount * 100)).toBe(cents((entry) => entry.total_amount));
        expect(Math.round(sellerView.total_freight * 100)).toBe(cents((entry) => entry.freight_value));
        expect(Math.round(sellerView.total_invoice * 100)).toBe(cents((entry) => entry.total_invoice));
        expect(Math.round(sellerView.total_incentive * 100)).toBe(cents((entry) => entry.total_incentive));
        expect(
          orderEntries.every((entry) => entry.order_status === 'INVOICED' && entry.seller_id === 1),
        ).toBe(true);
        sizes.add(orderEntries.length);
      }
      await published;
      expect(sizes.size).toBeGreaterThan(3); // it was read while it changed
    } finally {
      await shop.stop();
    }
  });
});
