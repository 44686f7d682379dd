import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { type Line, lineFaults } from '#platform/telemetry';
import { type TestDatabase, type TestRedis, testDatabase, testRedis } from '#testing';
import { banyan } from '../cli/banyan.fixture.js';
import {
  buildIfOlder,
  freePort,
  leftRunning,
  type StartedShop,
  startShop,
  until,
} from './started-shop.fixture.js';
import { startTraffic, type Traffic } from './traffic.fixture.js';

const DIST = resolve(__dirname, '../../dist');
const SERVICES = [
  ...['benchmark', 'cart', 'checkout', 'customer', 'order', 'payment'],
  ...['product', 'seller', 'shipment', 'stock', 'storefront', 'tracking'],
];
const OTHERS = [
  ['GET', '/seller/dashboard/1', 200],
  ['GET', '/product/1/1', 200],
  ['GET', '/stock/1/1', 200],
  ['GET', '/order/1', 200],
  ['GET', '/customer/1', 200],
  ['GET', '/', 200],
  ['GET', '/tracking/1/999', 404],
  ['GET', '/nowhere', 404],
] as const;

let folder: string;
let database: TestDatabase | undefined;
let redis: TestRedis | undefined;
let shop: StartedShop;

beforeAll(buildIfOlder);
afterEach(async () => {
  await redis?.drop();
  await database?.drop();
  redis = undefined;
  database = undefined;
  rmSync(folder, { recursive: true, force: true });
});

/** Everything that a start writes to standard output while people buy, somebody changes levels, and one app is killed. */
async function outputUnderLoad(
  apps: number,
  words: string[],
  killed: string,
  more: Record<string, string> = {},
): Promise<string[]> {
  folder = mkdtempSync(join(tmpdir(), 'banyan-lines-'));
  database = await testDatabase();
  const settings = {
    DATABASE_URL: database.url,
    DATABASE_POOL: '4',
    LOG_LEVEL: 'debug',
    LOG_FORMAT: 'json',
    ...more,
  };
  shop = await startShop({ folder, words, settings });
  let output = '';
  shop.process.stdout?.on('data', (piece: Buffer) => {
    output += piece.toString();
  });
  const traffic: Traffic = startTraffic(shop.url, 'lines', OTHERS);
  await until(
    () => traffic.accepted.length > 10,
    60_000,
    () => JSON.stringify(traffic.failures[0]),
  );
  expect(await banyan('logs level all trace', { settings })).toMatchObject({ code: 0 });
  const followed = () =>
    new Set(output.match(/"app":"[^"]+"[^\n]*Log levels have changed/g)?.map((line) => line.split('"')[3]));
  await until(
    () => followed().size === apps,
    10_000,
    () => [...followed()].join(),
  );
  const [victim] = leftRunning(folder).filter((process) => process.includes(`${killed}/main.js`));
  process.kill(Number.parseInt(victim ?? '', 10), 'SIGKILL');
  await until(() => output.includes(`${killed.split('/').at(-1)} has died`), 20_000);
  await traffic.stop();
  shop.signal('SIGINT');
  expect(await shop.ended()).toMatchObject({ code: 0 });
  expect(stripVTControlCharacters(output)).toBe(output);
  return output.split('\n').filter((line) => line !== '');
}

/** What is wrong with lines, each kind once with an example. */
function faultsOf(lines: readonly string[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (const text of lines) {
    const faults = text.startsWith('{') ? lineFaults(JSON.parse(text)) : ['it is no JSON'];
    for (const fault of faults) found[fault] ??= text;
  }
  return found;
}

function check(texts: readonly string[], apps: readonly string[]): readonly Line[] {
  expect(faultsOf(texts)).toEqual({});
  const lines = texts.map((text) => JSON.parse(text) as Line);
  expect([...new Set(lines.map(({ app }) => app))].sort()).toEqual([...apps].sort());
  const ofCalls = lines.filter(({ operation }) => operation !== undefined);
  expect(ofCalls.filter(({ trace, span }) => trace === undefined || span === undefined)).toEqual([]);
  expect(ofCalls.length).toBeGreaterThan(100);
  return lines;
}

it('every line of every service, the facade and the start has the one shape, under load and when one dies', async () => {
  redis = await testRedis();
  const texts = await outputUnderLoad(13, ['--split'], 'services/payment', { REDIS_URL: redis.url });
  const lines = check(texts, [...SERVICES, 'facade', 'start']);
  const modules = new Set(lines.map(({ module }) => module));
  for (const module of SERVICES) expect(modules).toContain(module);
}, 240_000);

it('so has every line of the marketplace in one process', async () => {
  check(await outputUnderLoad(1, [], 'marketplace'), ['marketplace', 'start']);
}, 120_000);

it.each([
  ['carrier', ['--port']],
  ['payment-provider', []],
])('so has what the stand-in %s says by itself', async (name, words) => {
  folder = mkdtempSync(join(tmpdir(), 'banyan-lines-'));
  const main = join(DIST, `apps/stand-ins/${name}/main.js`);
  const child = spawn(process.execPath, [main, ...words, String(await freePort())], { cwd: folder, env: {} });
  const [piece] = await once(child.stdout, 'data');
  child.kill('SIGTERM');
  await once(child, 'exit');
  expect(faultsOf(String(piece).trim().split('\n'))).toEqual({});
});

it('and the command writes results, no lines', () => {
  folder = mkdtempSync(join(tmpdir(), 'banyan-lines-'));
  const shown = execFileSync(process.execPath, [join(DIST, 'apps/cli/main.js'), '--help'], {
    encoding: 'utf8',
  });
  expect(shown).not.toMatch(/^\{/m);
});
