import { CartModule } from '#marketplace/cart/module';
import { PaymentModule } from '#marketplace/payment/module';
import { ProductModule } from '#marketplace/product/module';
import { type RunningModules, startModules } from '#testing';
import { item } from '../cart/cart.samples.js';
import { product } from '../product/product.sample.js';
import { CheckoutModule } from './checkout.module.js';

const PRODUCTS = 6;
const CUSTOMERS = 12;
const SESSIONS = 10;
const UPDATES = 100;

/**
 * The checker of the specification, section 8, on what was submitted: [lo, hi) is where a line's version and price stood.
 * A line that stood nowhere is a phantom; lines of one tid and seller whose intervals have nothing in common, an anomaly.
 */
const ANOMALIES = `
with stood as (
  select h.tid, h.seller_id, lo.sequence as lo, coalesce(hi.sequence, 9007199254740991) as hi
  from cart.cart_history h
  left join lateral (select u.sequence from product.product_updates u
    where (u.seller_id, u.product_id, u.version, u.price) = (h.seller_id, h.product_id, h.version, h.unit_price)
    order by 1 desc limit 1) lo on true
  left join lateral (select u.sequence from product.product_updates u
    where (u.seller_id, u.product_id, u.version, u.kind) = (h.seller_id, h.product_id, h.version, 'price')
      and u.sequence > lo.sequence order by 1 limit 1) hi on true
)
select tid, bool_or(lo is null) as phantom, max(lo) as lo, min(hi) as hi from stood
group by tid, seller_id having bool_or(lo is null) or max(lo) >= min(hi)`;

/** What the outside world knows of the seller: changed when an update is acknowledged, read when a cart is filled. */
interface Mirror {
  price: number;
  version: string;
  busy: boolean;
}

describe.each(['postgres', 'redis'] as const)(
  'carts filled while their seller changes everything (%s)',
  (backend) => {
    let shop: RunningModules;
    beforeAll(async () => {
      shop = await startModules({
        here: [ProductModule, CartModule, PaymentModule, CheckoutModule],
        backend,
      });
    });
    afterAll(() => shop.stop());

    const mirror: Mirror[] = Array.from({ length: PRODUCTS }, () => ({
      price: 10,
      version: '0',
      busy: false,
    }));
    let price = 10;

    async function update(at: number): Promise<void> {
      const free = mirror.findIndex((entry, index) => !entry.busy && index >= at % PRODUCTS);
      const entry = mirror[free];
      if (!entry) return;
      entry.busy = true;
      price += 0.01; // no price occurs twice
      const next = { price: Math.round(price * 100) / 100, version: at % 8 === 0 ? `v${at}` : entry.version };
      const { status } = await (next.version === entry.version
        ? shop.http('PATCH', '/product', { sellerId: 1, productId: free + 1, instanceId: `u${at}`, ...next })
        : shop.http('PUT', '/product', product({ product_id: free + 1, ...next })));
      expect(status).toBe(202);
      Object.assign(entry, next, { busy: false });
    }

    async function session(customer: number, tid: string): Promise<void> {
      for (const [at, seen] of mirror.entries()) {
        if ((customer + at) % 3 === 0) continue;
        const line = item({ ProductId: at + 1, UnitPrice: seen.price, Version: seen.version, Quantity: 1 });
        expect((await shop.http('PATCH', `/cart/${customer}/add`, line)).status).toBe(202);
      }
      const address = { FirstName: 'A', LastName: 'B', Street: 's', City: 'c', State: 's', ZipCode: 'z' };
      const checkout = { ...address, CustomerId: customer, PaymentType: 'BOLETO', instanceId: tid };
      expect(await shop.http('POST', `/cart/${customer}/checkout`, checkout)).toMatchObject({ status: 202 });
    }

    it('are submitted without an anomaly, without a phantom price, and each once', async () => {
      await Promise.all(
        mirror.map((_, at) => shop.http('POST', '/product', product({ product_id: at + 1 }))),
      );
      const seller = async (lane: number) => {
        for (let at = lane; at < UPDATES; at += 2) await update(at);
      };
      const customer = async (id: number) => {
        for (let at = 0; at < SESSIONS; at++) await session(id, `${id}-${at}`);
      };
      await Promise.all([
        seller(0),
        seller(1),
        ...Array.from({ length: CUSTOMERS }, (_, at) => customer(at + 1)),
      ]);
      await shop.drain();

      expect(await shop.query(ANOMALIES)).toEqual([]);
      const [sent] = await shop.query(
        `select count(*)::int as events, count(distinct payload->>'instanceId')::int as tids
       from banyan.events where type = 'ReserveStock'`,
      );
      expect(sent).toEqual({ events: CUSTOMERS * SESSIONS, tids: CUSTOMERS * SESSIONS });
      const state = 'select product_id, version, price from %.* order by 1';
      expect(await shop.query(state.replace('%.*', 'cart.replica_products'))).toEqual(
        await shop.query(state.replace('%.*', 'product.products')),
      );
    });
  },
);
