import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestDatabase, testDatabase } from '#testing';
import { run } from '../cli/run.js';
import { buildIfOlder, leftRunning, type StartedShop, startShop, until } from './started-shop.fixture.js';
import { oneCheckout } from './traffic.fixture.js';

const ALL = [
  ...['benchmark', 'cart', 'checkout', 'customer', 'order', 'payment'],
  ...['product', 'seller', 'shipment', 'stock', 'storefront', 'tracking'],
];

let folder: string;
let database: TestDatabase;
let shop: StartedShop;
let traces = 0;

beforeAll(async () => {
  buildIfOlder();
  folder = mkdtempSync(join(tmpdir(), 'banyan-split-'));
  database = await testDatabase();
});
afterEach(async () => {
  shop.signal('SIGINT');
  expect(await shop.ended()).toMatchObject({ code: 0 });
  expect(leftRunning(folder)).toEqual([]);
  expect(await database.query('select app from banyan.instances')).toEqual([]); // each has signed out
});
afterAll(async () => {
  await database?.drop();
  rmSync(folder, { recursive: true, force: true });
});

const start = async (...words: string[]) => {
  const settings = { DATABASE_URL: database.url, DATABASE_POOL: '4', LOG_FORMAT: 'json' };
  shop = await startShop({ folder, words: ['--split', ...words], settings });
};
/** Which app delivers for each module, as the instances say of themselves. */
const deliverers = async () => {
  const rows = await database.query<{ app: string; health: { delivers: string[] } }>(
    'select app, health from banyan.instances',
  );
  return Object.fromEntries(rows.flatMap((row) => row.health.delivers.map((module) => [module, row.app])));
};
/** The log lines of all processes. */
const lines = () =>
  shop
    .said()
    .split('\n')
    .map((line) => /^(\{.*\})$/.exec(line)?.[1])
    .filter((text) => text !== undefined)
    .map((text) => JSON.parse(text) as { app: string; trace?: string });

/** Orders through the facade, and follows the order to its shipment. @returns apps that wrote lines of its one trace */
async function order(): Promise<string[]> {
  traces += 1;
  const trace = String(traces).padStart(32, 'a');
  const customer = traces;
  await oneCheckout(shop.url, customer, `split-${traces}`, {
    traceparent: `00-${trace}-00f067aa0ba902b7-01`,
  });
  await until(
    async () => (await fetch(`${shop.url}/shipment/${customer}/1`)).status === 200,
    20_000,
    () => shop.said().slice(-3_000),
  );
  const tracking = await fetch(`${shop.url}/tracking/${customer}/1`);
  expect([tracking.status, await tracking.json()]).toMatchObject([
    200,
    { payment: { lines: [{ type: 'CREDIT_CARD' }] } },
  ]);
  await until(async () => {
    const pending = await database.query(`select from banyan.deliveries where state = 'pending'`);
    return pending.length === 0;
  }, 20_000);
  return [
    ...new Set(
      lines()
        .filter((line) => line.trace === trace)
        .map((line) => line.app),
    ),
  ].sort();
}

it('with one module apart: the facade answers for both, one trace goes through both, and a move ends the split', async () => {
  await start('--apart', 'payment');
  expect(shop.said()).toMatch(/app payment\s+payment\n\s+facade\s+http/);
  expect((await fetch(`${shop.url}/health/ready`)).status).toBe(200);
  const by = await deliverers();
  expect([by['payment'], by['stock'], by['order']]).toEqual(['payment', 'marketplace', 'marketplace']);
  expect(await order()).toEqual(expect.arrayContaining(['marketplace', 'payment']));
  let steps = '';
  const terminal = {
    folder,
    settings: { DATABASE_URL: database.url },
    out: () => undefined,
    err: (text: string) => {
      steps += text;
    },
  };
  expect(await run(['move', 'payment', '--to', 'together'], terminal)).toBe(0);
  expect(steps).toContain('every process follows (3 of 3)'); // the marketplace, payment, and the facade
  expect((await fetch(`${shop.url}/payment/1/1`)).status).toBe(200);
  expect((await deliverers())['payment']).toBe('marketplace');
});

it('named on the command line again, a module is apart again, although it was moved together by hand', async () => {
  await start('--apart', 'payment');
  await order();
  expect((await deliverers())['payment']).toBe('payment');
  expect(shop.said()).not.toContain('nobody wants');
});

it('with all modules apart: every one is a process, an order goes through all of them, under one trace', async () => {
  await start();
  for (const module of ALL) expect(shop.said()).toMatch(new RegExp(`app ${module}\\s+${module}\\n`));
  const by = await deliverers();
  expect(Object.entries(by).every(([module, app]) => module === app)).toBe(true);
  expect(Object.keys(by)).toEqual(expect.arrayContaining(['stock', 'order', 'payment', 'shipment']));
  const apps = await order();
  // Product is not among them: nothing has changed since the cart's replica saw it, so nobody asks.
  expect(apps).toEqual(expect.arrayContaining(['cart', 'checkout', 'order', 'payment', 'shipment', 'stock']));
  for (const path of [
    '/',
    '/dashboard',
    '/docs-json',
    '/seller/1',
    '/customer/1',
    '/product/1/1',
    '/stock/1/1',
  ])
    expect(`${path} ${(await fetch(shop.url + path)).status}`).toBe(`${path} 200`);
});
