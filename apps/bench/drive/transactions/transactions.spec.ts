import { Catalogue } from '../catalogue.js';
import { Client } from '../client.js';
import { IdleCustomers } from '../customers.js';
import { DashboardCheck } from '../dashboard.js';
import { dataSet } from '../data.js';
import { Ledger } from '../ledger.js';
import { Outcomes } from '../outcomes.js';
import { Random } from '../random.js';
import { Requests } from '../requests.js';
import { type Script, scriptedSystem } from '../scripted-system.fixture.js';
import type { Stage } from '../stage.js';
import { EVERY_TRANSACTION } from './every.js';

const data = dataSet({ seed: 1, customers: 2, products: 10, qty: 100 }, { firstCustomer: 1, firstSeller: 1 });
const accepted: Script = () => ({ status: 202 });

let system: Awaited<ReturnType<typeof scriptedSystem>>;
let requests: Requests;
let client: Client;
let stage: Stage;

beforeEach(async () => {
  system = await scriptedSystem(accepted);
  requests = new Requests();
  client = new Client(system.url, requests, 300);
  stage = {
    client,
    outcomes: new Outcomes(300),
    catalogue: new Catalogue(data.products, 1, {
      sellerDistribution: 'uniform',
      keyDistribution: 'uniform',
      zipf: 1,
    }),
    customers: new IdleCustomers(data.customers),
    ledger: new Ledger(),
    dashboards: new DashboardCheck(),
    uniqueSeller: false,
    over: () => false,
  };
});
afterEach(async () => {
  client.close();
  await system.stop();
});

const make = (name: keyof typeof EVERY_TRANSACTION, tid = 'r-1-1') =>
  EVERY_TRANSACTION[name](stage, { tid, random: new Random(tid) });
const tell = (tid: string, status: 'SUCCESS' | 'NOT_ACCEPTED' | 'ABORT', source: string) =>
  stage.outcomes.hear({ tid, type: 'CUSTOMER_SESSION', actorId: 1, status, source });
const cutOff: Script = (_, response) => {
  response.destroy();
  return 'handled';
};
const isCheckout = (seen: { path: string }) => seen.path.endsWith('/checkout');
/** Answers every request with 202; when it is about to answer a checkout or an update, tells the mark first. */
const marking =
  (status: 'SUCCESS' | 'NOT_ACCEPTED', source: string): Script =>
  ({ body }) => {
    const tid = body?.instanceId ?? body?.version;
    if (tid) tell(tid, status, source);
    return { status: 202 };
  };

describe('CUSTOMER_SESSION', () => {
  it('fills the cart with one to ten distinct products, checks out once and ends with the mark', async () => {
    system.script = marking('SUCCESS', 'shipment');
    expect(await make('CUSTOMER_SESSION')).toMatchObject({ outcome: 'SUCCESS' });
    const adds = system.seen.filter(({ method }) => method === 'PATCH');
    expect(adds.length).toBeGreaterThan(0);
    expect(new Set(adds.map(({ body }) => `${body.SellerId}/${body.ProductId}`)).size).toBe(adds.length);
    for (const { path, body } of adds) {
      expect(path).toBe('/cart/1/add');
      expect(body).toMatchObject({ Version: '0', SellerId: 1, Quantity: expect.any(Number) });
      expect([0, Math.round(body.UnitPrice * 10) / 100]).toContain(body.Voucher);
    }
    expect(system.seen.filter(isCheckout).map(({ body }) => body)).toMatchObject([
      { CustomerId: 1, instanceId: 'r-1-1', CardExpiration: expect.stringMatching(/^\d{4}$/) },
    ]);
    expect(stage.ledger).toEqual({ accepted: ['r-1-1'], unknown: [] });
  });

  it('tells who refused it', async () => {
    system.script = marking('NOT_ACCEPTED', 'stock');
    expect(await make('CUSTOMER_SESSION')).toMatchObject({ outcome: 'NOT_ACCEPTED', source: 'stock' });
    expect(stage.ledger.accepted).toEqual(['r-1-1']);
  });

  it('tries a checkout three times with the same instanceId; refused every time, it is an abort of cart', async () => {
    system.script = (seen) => ({ status: isCheckout(seen) ? 503 : 202 });
    expect(await make('CUSTOMER_SESSION')).toMatchObject({ outcome: 'ABORT', source: 'cart' });
    expect(system.seen.filter(isCheckout).map(({ body }) => body.instanceId)).toEqual([
      'r-1-1',
      'r-1-1',
      'r-1-1',
    ]);
    expect(stage.ledger).toEqual({ accepted: [], unknown: [] });
  });

  it('waits for a system that was killed, and asks again with the same instanceId', async () => {
    let kills = 1;
    system.script = (seen, response) => {
      if (isCheckout(seen) && kills-- > 0) return cutOff(seen, response);
      return marking('SUCCESS', 'shipment')(seen, response);
    };
    expect(await make('CUSTOMER_SESSION')).toMatchObject({ outcome: 'SUCCESS' });
    const paths = system.seen.slice(-3).map(({ path }) => path);
    expect(paths).toEqual(['/cart/1/checkout', '/health/ready', '/cart/1/checkout']);
    expect(stage.ledger).toEqual({ accepted: ['r-1-1'], unknown: [] });
    expect(requests.failures()).toMatchObject([{ failure: 'ECONNRESET', unknown: true, count: 1 }]);
  });

  it('asks again while an earlier attempt still holds the checkout, without using up an attempt', async () => {
    let asked = 0;
    system.script = (seen, response) => {
      if (!isCheckout(seen)) return { status: 202 };
      asked++;
      if (asked === 1) return cutOff(seen, response);
      if (asked < 4) return { status: 409, body: { type: 'urn:refusal:checkout.still-running' } };
      return marking('SUCCESS', 'shipment')(seen, response);
    };
    expect(await make('CUSTOMER_SESSION')).toMatchObject({ outcome: 'SUCCESS' });
    expect(stage.ledger).toEqual({ accepted: ['r-1-1'], unknown: [] });
  });

  it('leaves it to the database when no attempt was answered, and sets the customer aside', async () => {
    system.script = (seen) => (isCheckout(seen) ? 'handled' : { status: 202 });
    expect(await make('CUSTOMER_SESSION')).toMatchObject({ outcome: 'UNKNOWN' });
    expect(stage.ledger).toEqual({ accepted: [], unknown: ['r-1-1'] });
    expect([stage.customers.take().id, stage.customers.take().id]).toEqual([2, 1]);
  });

  it.each([
    ['refused', () => ({ status: 500 })],
    ['cut off', cutOff],
  ] satisfies [string, Script][])('does not check out when an item was %s', async (_what, script) => {
    system.script = script;
    expect(await make('CUSTOMER_SESSION')).toMatchObject({ outcome: 'ABORT', source: 'cart' });
    expect(system.seen.map(({ path }) => path)).toEqual(['/cart/1/add']);
    expect(stage.ledger).toEqual({ accepted: [], unknown: [] });
  });

  it('says so when the mark of an accepted checkout does not come', async () => {
    expect(await make('CUSTOMER_SESSION')).toMatchObject({ outcome: 'UNMARKED' });
  });
});

describe('the updates of sellers', () => {
  it('PRICE_UPDATE makes a product 1 to 9 % dearer, and the next cart shows it', async () => {
    system.script = marking('SUCCESS', 'cart');
    expect(await make('PRICE_UPDATE')).toMatchObject({ outcome: 'SUCCESS' });
    const [{ method, path, body } = { method: '', path: '', body: {} }] = system.seen;
    expect([method, path]).toEqual(['PATCH', '/product']);
    const before = data.products[body.productId - 1]?.price as number;
    expect(body.price / before).toBeGreaterThan(1.005);
    expect(body.price / before).toBeLessThan(1.095);
    const shown = stage.catalogue
      .distinct(new Random('all'), 10, true)
      .find(({ facts }) => facts.product_id === body.productId);
    expect(shown?.facts.price).toBe(body.price);
  });

  it('UPDATE_PRODUCT replaces a product by itself under the version tid', async () => {
    system.script = marking('SUCCESS', 'stock');
    expect(await make('UPDATE_PRODUCT', 'r-3-9')).toMatchObject({ outcome: 'SUCCESS' });
    const [{ method, body } = { method: '', body: {} }] = system.seen;
    expect(method).toBe('PUT');
    expect(body).toEqual({ ...data.products[body.product_id - 1], version: 'r-3-9' });
  });

  it('an update that is refused changes nothing in the mirror', async () => {
    system.script = () => ({ status: 404 });
    expect(await make('PRICE_UPDATE')).toMatchObject({ outcome: 'ABORT', source: 'product' });
    const prices = stage.catalogue.distinct(new Random('all'), 10, true).map(({ facts }) => facts.price);
    expect(prices.sort()).toEqual(data.products.map(({ price }) => price).sort());
    expect(stage.ledger.accepted).toEqual([]);
  });

  it('after an update without an answer the mirror asks what the product is now', async () => {
    system.script = (seen, response) => {
      const { method, path } = seen;
      if (method === 'GET' && path.startsWith('/product/'))
        return { status: 200, body: { price: 77.77, version: 'r-1-1' } };
      if (path === '/health/ready') return { status: 200 };
      return cutOff(seen, response);
    };
    expect(await make('UPDATE_PRODUCT')).toMatchObject({ outcome: 'UNKNOWN' });
    const shown = stage.catalogue
      .distinct(new Random('all'), 10, true)
      .filter(({ facts }) => facts.version === 'r-1-1');
    expect(shown.map(({ facts, busy }) => [facts.price, busy])).toEqual([[77.77, false]]);
  });
});

describe('the transactions that end with their answer', () => {
  it('UPDATE_DELIVERY is one request under its tid', async () => {
    expect(await make('UPDATE_DELIVERY', 'r-5-5')).toMatchObject({ outcome: 'SUCCESS' });
    expect(system.seen.map(({ method, path }) => `${method} ${path}`)).toEqual(['PATCH /shipment/r-5-5']);
  });

  it('QUERY_DASHBOARD looks whether the answer agrees with itself', async () => {
    const view = {
      count_orders: 1,
      count_items: 1,
      total_amount: 0,
      total_freight: 0,
      total_incentive: 0,
      total_invoice: 0,
      total_items: 0,
    };
    system.script = () => ({ status: 200, body: { sellerView: view, orderEntries: [] } });
    expect(await make('QUERY_DASHBOARD')).toMatchObject({ outcome: 'SUCCESS' });
    expect(stage.dashboards).toMatchObject({ looked: 1, wrong: 1 });
    expect(system.seen[0]?.path).toBe('/seller/dashboard/1');
  });

  it('a refusal is an abort, and silence an unknown outcome', async () => {
    system.script = () => ({ status: 503 });
    expect(await make('UPDATE_DELIVERY')).toMatchObject({ outcome: 'ABORT', source: 'shipment' });
    system.script = () => 'handled';
    expect(await make('QUERY_DASHBOARD')).toMatchObject({ outcome: 'UNKNOWN' });
  });
});
