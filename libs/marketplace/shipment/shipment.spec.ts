import { PaymentConfirmed } from '#marketplace/payment';
import { type RunningModules, startModules } from '#testing';
import { ShipmentModule } from './shipment.module.js';
import { paidOrder } from './shipment.sample.js';

describe('shipment', () => {
  let shop: RunningModules;

  beforeAll(async () => {
    shop = await startModules({ here: [ShipmentModule] });
  });
  afterAll(() => shop?.stop());
  beforeEach(async () => {
    await shop.query('delete from shipment.shipments');
  });

  const pay = async (...orders: [customerId: number, orderId: number, sellers: number[]][]) => {
    for (const order of orders) {
      await shop.publish(PaymentConfirmed, paidOrder(...order));
      await shop.drain(); // one after the other, so that each is older than the next
    }
  };
  const deliver = async (tid: string): Promise<string[]> => {
    const answer = await shop.http('PATCH', `/shipment/${tid}`);
    expect(answer.status).toBe(202);
    return answer.body.delivered.map(
      (one: Record<string, number>) =>
        `${one['customerId']}/${one['orderId']}/${one['packageId']} of ${one['sellerId']}`,
    );
  };
  const told = (type: string, tid: string) =>
    shop.query<{ payload: Record<string, unknown>; key: string }>(
      `select payload, key from banyan.events where type = $1 and coalesce(payload->>'instanceId', payload->>'tid') = $2 order by id`,
      [type, tid],
    );

  it('sends a paid order on its way: a package per line, a notice, and the mark that ends the checkout', async () => {
    await pay([1, 1, [7, 8]]);

    const { status, body } = await shop.http('GET', '/shipment/1/1');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      status: 'approved',
      package_count: 2,
      total_freight_value: 4,
      city: 'London',
    });
    expect(
      body.packages.map((one: { package_id: number; seller_id: number; status: string }) => [
        one.package_id,
        one.seller_id,
        one.status,
      ]),
    ).toEqual([
      [1, 7, 'shipped'],
      [2, 8, 'shipped'],
    ]);
    expect(await told('ShipmentNotification', 'checkout-1-1')).toMatchObject([
      { payload: { customerId: 1, orderId: 1, status: 'approved' }, key: 'customer:1' },
    ]);
    expect(await told('TransactionMark', 'checkout-1-1')).toMatchObject([
      { payload: { type: 'CUSTOMER_SESSION', actorId: 1, status: 'SUCCESS', source: 'shipment' } },
    ]);
  });

  it('does not know a shipment before it is paid', async () => {
    const answer = await shop.http('GET', '/shipment/1/99');
    expect(answer.status).toBe(404);
    expect(answer.body).toMatchObject({ statusCode: 404 });
  });

  it('delivers nothing, successfully, when nothing is open', async () => {
    expect(await deliver('none')).toEqual([]);
  });

  it('delivers the oldest order of each seller, and of that order all packages of the seller', async () => {
    await pay([2, 1, [7, 7]], [1, 1, [7]], [1, 2, [8]]);

    expect(await deliver('d1')).toEqual(['1/2/1 of 8', '2/1/1 of 7', '2/1/2 of 7']);
    expect(await deliver('d2')).toEqual(['1/1/1 of 7']);
    expect(await deliver('d3')).toEqual([]);
  });

  it('takes the ten sellers with the oldest open packages, no more', async () => {
    const sellers = [...Array(12).keys()].map((index) => index + 1);
    await pay([1, 1, sellers], [2, 1, [13]]);

    expect(await deliver('d1')).toHaveLength(10);
    expect(await deliver('d2')).toEqual(['1/1/11 of 11', '1/1/12 of 12', '2/1/1 of 13']);
  });

  it('of ten orders from one seller delivers exactly one', async () => {
    await pay(...[...Array(10).keys()].map((index): [number, number, number[]] => [1, index + 1, [5]]));
    expect(await deliver('d1')).toEqual(['1/1/1 of 5']);
    expect(await shop.query(`select 1 from shipment.packages where status = 'shipped'`)).toHaveLength(9);
  });

  it('tells of each package, of the first one of a shipment, and of the last', async () => {
    await pay([3, 1, [7, 8]], [3, 2, [8]]);
    await shop.query(
      `update shipment.packages set shipping_date = shipping_date - interval '1 day' where order_id = 2`,
    );

    await deliver('t1'); // seller 8's oldest is order 2 now, seller 7's is order 1
    expect(
      (await told('ShipmentNotification', 't1')).map(({ payload }) => [
        payload['orderId'],
        payload['status'],
      ]),
    ).toEqual([
      [1, 'delivery_in_progress'],
      [2, 'delivery_in_progress'],
      [2, 'concluded'],
    ]);
    expect(
      (await told('DeliveryNotification', 't1')).map(({ payload }) => [
        payload['orderId'],
        payload['productId'],
      ]),
    ).toEqual([
      [1, 1],
      [2, 1],
    ]);
    await deliver('t2');
    expect(
      (await told('ShipmentNotification', 't2')).map(({ payload }) => [
        payload['orderId'],
        payload['status'],
      ]),
    ).toEqual([[1, 'concluded']]);
    expect((await shop.http('GET', '/shipment/3/1')).body).toMatchObject({ status: 'concluded' });
  });

  it('delivers each package once when many update-deliveries run at once, and never a younger order first', async () => {
    const orders = [...Array(30).keys()].map((index) =>
      paidOrder(1 + (index % 3), 1 + Math.floor(index / 3), [1 + (index % 4), 5]),
    );
    for (const order of orders) await shop.publish(PaymentConfirmed, order);
    await shop.drain();

    const deliveries = await Promise.all([...Array(40).keys()].map((index) => deliver(`c${index}`)));
    const packages = deliveries.flat();
    expect(packages).toHaveLength(60);
    expect(new Set(packages).size).toBe(60);
    const overtaken = await shop.query(
      `select 1 from shipment.packages early join shipment.packages late on late.seller_id = early.seller_id
        and (late.shipping_date, late.customer_id, late.order_id) > (early.shipping_date, early.customer_id, early.order_id)
        where late.delivery_date < early.delivery_date`,
    );
    expect(overtaken).toEqual([]);
    const wrong = await shop.query(
      `select 1 from shipment.shipments s where status <> 'concluded'
        or package_count <> (select count(*) from shipment.packages p where (p.customer_id, p.order_id) = (s.customer_id, s.order_id) and p.status = 'delivered')`,
    );
    expect(wrong).toEqual([]);
  });
});
