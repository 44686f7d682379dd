import { loadSettings } from '#platform/config';
import type { Started } from '#platform/host';
import { type RunningModules, startModules } from '#testing';
import { INVARIANTS } from '../bench/drive/invariants/all.js';
import { banyan } from '../cli/banyan.fixture.js';
import { startStandIns } from '../stand-ins/start-stand-ins.js';
import { CHECKOUT, CUSTOMER, ITEM, PRODUCT, SELLER, STOCK } from './bodies.fixture.js';
import { marketplace } from './modules.js';

const [gone, other] = [
  { FirstName: 'Hildegard', LastName: 'Quixotry', Street: 'Zephyrgasse 9', ZipCode: '98765-431' },
  { FirstName: 'Ottokar', LastName: 'Yellowley', Street: 'Wharf 12', ZipCode: '12345-678' },
] as const;

describe('erasing a customer of the whole marketplace', () => {
  let shop: RunningModules;
  let outside: Started;
  const cli = (words: string) => banyan(words, { settings: { DATABASE_URL: shop.database.url } });

  beforeAll(async () => {
    const standIns = await startStandIns(loadSettings({ env: {}, file: '' }));
    outside = standIns;
    shop = await startModules({
      here: marketplace,
      settings: {
        ...{ BENCH: 'true', RAISE_STOCK_FAILED: 'true' },
        PAYMENT_PROVIDER_URL: String(standIns.settings.PAYMENT_PROVIDER_URL),
        CARRIER_URL: String(standIns.settings.CARRIER_URL),
      },
    });
    await shop.http('POST', '/seller', { id: 1, name: 'Seller', ...SELLER });
    await shop.http('POST', '/product', { seller_id: 1, product_id: 1, ...PRODUCT });
    await shop.http('POST', '/stock', { seller_id: 1, product_id: 1, ...STOCK });
    await shop.drain();
    for (const [index, buyer] of [gone, other].entries()) {
      const id = index + 1;
      await shop.http('POST', '/customer', { id, ...CUSTOMER });
      for (const Quantity of [1, 20_000]) {
        const tid = `t-${id}-${Quantity}`;
        await shop.http('PATCH', `/cart/${id}/add`, { SellerId: 1, ProductId: 1, ...ITEM, Quantity });
        const body = { CustomerId: id, instanceId: tid, ...CHECKOUT, ...buyer };
        expect((await shop.http('POST', `/cart/${id}/checkout`, body)).status).toBe(202);
        await shop.drain();
      }
    }
  });
  afterAll(async () => {
    await shop?.stop();
    await outside?.stop();
  });

  /** What of a person stands in any table of the platform, or of BullMQ on Postgres. */
  async function traces(buyer: Record<string, string>): Promise<string[]> {
    const tables = await shop.query<{ name: string }>(
      `select format('%I.%I', relnamespace::regnamespace, relname) as name from pg_class c where relnamespace::regnamespace::text in ('banyan', 'bullmq') and relkind = 'r'`,
    );
    const all = tables.map(({ name }) =>
      shop.query(`select $2::text as name from ${name} t where t::text ilike any($1)`, [
        Object.values(buyer).map((word) => `%${word}%`),
        name,
      ]),
    );
    return (await Promise.all(all)).flat().map(({ name }) => String(name));
  }

  const eventsOf = (customer: number) =>
    shop.query(`select id, type, key, payload from banyan.events where key = $1 order by id`, [
      `customer:${customer}`,
    ]);

  it('leaves nothing of what their events said, and everything else as it was', async () => {
    expect(new Set(await traces(gone))).toEqual(new Set(['banyan.events_0']));
    const before = { other: await eventsOf(2), shop: await invariants(), keys: await keys() };
    expect(before.shop).toEqual([]);
    const ended = await cli('events erase --subject customer:1 --why "their request" --json');
    expect(ended.code).toBe(0);
    expect(JSON.parse(ended.raw).events).toEqual({
      ...{
        ReserveStock: 2,
        StockConfirmed: 1,
        ReserveStockFailed: 1,
        InvoiceIssued: 1,
        PaymentRequested: 1,
        PaymentConfirmed: 1,
      },
    });
    expect(await traces(gone)).toEqual([]);
    expect(await traces(other)).not.toEqual([]);
    expect(await eventsOf(2)).toEqual(before.other);
    expect(await keys()).toEqual(before.keys);
    expect(await invariants()).toEqual([]);
    expect((await cli('events conservation')).code).toBe(0);
    expect((await cli('events erase --subject customer:1 --why again')).out).toContain('Nothing is left');
  });

  it('goes on selling to them', async () => {
    await shop.http('PATCH', '/cart/1/add', { SellerId: 1, ProductId: 1, ...ITEM });
    const body = { CustomerId: 1, instanceId: 't-1-later', ...CHECKOUT };
    expect((await shop.http('POST', '/cart/1/checkout', body)).status).toBe(202);
    await shop.drain();
    expect(await shop.query(`select status from "order".orders where tid = 't-1-later'`)).toHaveLength(1);
  });

  /** Ids, types and keys of all events, and how their deliveries stand: what an erasure must not touch. */
  const keys = () =>
    shop.query(
      `select e.id, e.type, e.key, d.listener, d.state, d.key as lane from banyan.events e left join banyan.deliveries d on d.event_id = e.id order by 1, 4`,
    );

  async function invariants(): Promise<string[]> {
    const accepted = [1, 2].flatMap((id) => [`t-${id}-1`, `t-${id}-20000`]);
    const scope = { tidPrefix: 't-', firstSeller: 1, lastSeller: 1, qty: 10_000, accepted };
    const broken = await Promise.all(
      INVARIANTS.map(async ({ id, sql, params }) => {
        const rows = await shop.query(sql, params?.(scope) ?? []);
        return rows.map((row) => `${id}: ${JSON.stringify(row)}`);
      }),
    );
    return broken.flat();
  }
});
