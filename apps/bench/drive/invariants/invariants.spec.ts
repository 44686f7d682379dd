import pg from 'pg';
import { type TestDatabase, testDatabase } from '#testing';
import { judgeCausality } from '../causal.js';
import type { Questions } from '../database.js';
import { judge } from '../judge.js';
import { INVARIANTS } from './all.js';
import { DEFECTS } from './defects.fixture.js';
import { GOOD_STATE, SCOPE } from './good-state.fixture.js';

let database: TestDatabase;
let client: pg.Client;
/** Everything happens in one transaction that is rolled back: a defect and the constraints that it breaks end with its test. */
const asked: Questions = {
  query: async (sql, params = []) => (await client.query(sql, [...params])).rows as never,
};

beforeAll(async () => {
  database = await testDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});
beforeEach(async () => {
  await client.query('begin');
  await client.query(GOOD_STATE);
});
afterEach(() => client.query('rollback'));

const violated = async (accepted = SCOPE.accepted) =>
  (await judge(asked, INVARIANTS, { ...SCOPE, accepted })).filter(({ violations }) => violations > 0);

/** Drops the constraints that guard `tables` in the product: the defect must be found where they are missing. */
const UNGUARDED = `do $$ declare c record; begin
  for c in select conrelid::regclass::text as tab, conname from pg_constraint
            where contype in ('c', 'u', 'f') and connamespace::regnamespace::text in
              ('"order"', 'stock', 'payment', 'shipment', 'seller', 'customer', 'benchmark')
               or conrelid = any (array['banyan.deliveries', '"order".audit_log']::regclass[]) and contype = 'p'
            order by contype = 'f' desc loop
    execute format('alter table %s drop constraint if exists %I cascade', c.tab, c.conname);
  end loop; end $$`;

it('every invariant is silent on a good state', async () => {
  expect(await violated()).toEqual([]);
});

it.each(DEFECTS)('%s (%s) fires when %s', async (id, claim, _what, sql) => {
  await client.query(UNGUARDED);
  await client.query(sql);
  expect(await violated()).toContainEqual(
    expect.objectContaining({ id, claim: expect.stringContaining(claim) }),
  );
});

it('every invariant of the specification that SQL can judge has a defect that makes it fire', () => {
  const seeded = new Set(DEFECTS.map(([id]) => id));
  const numbers = Array.from({ length: 19 }, (_, at) => `I${at + 1}`).filter((id) => id !== 'I13');
  expect([...seeded].sort()).toEqual(numbers.sort());
  expect([...new Set(INVARIANTS.map(({ id }) => id))].sort()).toEqual(numbers.sort());
});

it('a violation is told with its number of rows and a bounded sample', async () => {
  await client.query(
    `insert into "order".customer_orders (customer_id, next_order_id) select n, 1 from generate_series(10, 21) n`,
  );
  const [found] = await violated();
  expect(found).toMatchObject({ id: 'I8', violations: 12 });
  expect(found?.sample).toHaveLength(5);
  expect(found?.sample[0]).not.toHaveProperty('violations_in_all');
});

it('I3 allows for what waits for its payment', async () => {
  await client.query(`update "order".orders set status = 'INVOICED' where tid = 'r1-2-1';
    update stock.stock_items set qty_reserved = 5 where product_id = 1`);
  expect((await violated()).map(({ id }) => id)).not.toContain('I3');
});

it('I2 leaves alone what other sellers sold, and a checkout that is refused twice ended once', async () => {
  await client.query(`insert into product.products (seller_id, product_id, name, sku, category, description, price, freight_value, version)
      values (2, 1, 'demo', '', '', '', 1, 1, '0');
    insert into cart.replica_products (seller_id, product_id, name, price, version, active) values (2, 1, 'demo', 1, '0', true);
    insert into stock.stock_items (seller_id, product_id, qty_available, version) values (2, 1, 7, '0');
    insert into benchmark.transaction_marks (tid, type, actor_id, status, source)
      select 'r1-9-9', 'CUSTOMER_SESSION', 1, 'NOT_ACCEPTED', 'checkout' from generate_series(1, 3)`);
  expect(await violated()).toEqual([]);
});

describe('the causal counter, on the database', () => {
  const submit = (tid: string, ...lines: [product: number, version: string, price: number][]) =>
    Promise.all(
      lines.map(([product, version, price], at) =>
        client.query(
          `insert into cart.cart_history (tid, line, customer_id, seller_id, product_id, product_name, unit_price, freight_value,
             voucher, quantity, version) values ($1, $2, 1, 1, $3, '', $4, 0, 0, 1, $5)`,
          [tid, at + 1, product, price, version],
        ),
      ),
    );

  it('is silent on a good state', async () => {
    expect(await judgeCausality(asked, 'r1-')).toEqual({
      carts: 3,
      lines: 5,
      anomalies: 0,
      phantoms: 0,
      sample: [],
    });
  });

  it('fires for an old price beside a product that was replaced later', async () => {
    await submit('r1-7-1', [1, '0', 10], [2, 'r1-2-3', 20]);
    const report = await judgeCausality(asked, 'r1-');
    expect(report).toMatchObject({ anomalies: 1, phantoms: 0 });
    expect(report.sample).toMatchObject([{ tid: 'r1-7-1', sellerId: 1, anomalies: 1 }]);
  });

  it('fires for a price that never was', async () => {
    await submit('r1-7-1', [1, '0', 10.01]);
    expect(await judgeCausality(asked, 'r1-')).toMatchObject({ anomalies: 0, phantoms: 1 });
  });

  it('looks at the carts of its own run only', async () => {
    await submit('other-1-1', [1, '0', 10.01]);
    expect(await judgeCausality(asked, 'r1-')).toMatchObject({ carts: 3, phantoms: 0 });
  });
});
