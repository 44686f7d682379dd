import { setTimeout as pause } from 'node:timers/promises';
import { StockModule } from '#marketplace/stock/module';
import { EMPTY, type RunningModules, startModules, testDatabase, testRedis } from '#testing';
import { wireTo } from '../wire.fixture.js';

const SECRET = 'known-to-this-test-only';
const STOCK = { seller_id: 1, product_id: 1, qty_available: 5, qty_reserved: 0, order_count: 0, ytd: 1 };

/** Series by their name and labels. */
async function scrape(
  app: RunningModules,
  headers: Record<string, string> = {},
): Promise<Map<string, number>> {
  const { status, body } = await app.http('GET', '/metrics', undefined, headers);
  if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`);
  const lines = (body as string).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [
      line.slice(0, line.lastIndexOf(' ')),
      Number(line.slice(line.lastIndexOf(' ') + 1)),
    ]),
  );
}
const find = (series: Map<string, number>, name: string, ...labels: string[]) =>
  [...series].filter(([key]) => key.startsWith(`${name}{`) && labels.every((label) => key.includes(label)));

describe.each(['postgres', 'redis'] as const)('the metrics of an app on %s', (backend) => {
  let app: RunningModules;
  beforeAll(async () => {
    app = await startModules({
      here: [StockModule],
      backend,
      settings: { CALL_SECRET: SECRET },
    });
    while (find(await scrape(app), 'banyan_conservation_gap').length === 0); // until somebody has looked
  });
  afterAll(() => app.stop());

  it('count requests by template and class of status, whatever the addresses', async () => {
    const before = (await scrape(app)).size;
    await app.http('POST', '/stock', { ...STOCK, data: '', version: '0', active: true });
    for (let id = 1; id <= 300; id += 1) await app.http('GET', `/stock/1/${id}`);
    for (let id = 0; id < 300; id += 1)
      await app.http('GET', `/nowhere/${id}`, undefined, { 'x-tenant-id': `t${id}` });
    const series = await scrape(app);
    const counts = Object.fromEntries(
      find(series, 'banyan_http_request_seconds_count').map(([key, value]) => [key, value]),
    );
    expect(counts).toMatchObject({
      'banyan_http_request_seconds_count{app="together",method="GET",route="/stock/:sellerId/:productId",status="2xx"}': 1,
      'banyan_http_request_seconds_count{app="together",method="GET",route="/stock/:sellerId/:productId",status="4xx"}': 299,
      'banyan_http_request_seconds_count{app="together",method="GET",route="(no such route)",status="4xx"}': 300,
    });
    expect(series.size).toBeLessThan(before + 80);
    expect([...series.keys()].join()).not.toMatch(/nowhere|t299/);
  });

  it('show deliveries, what waits, the gap, the pool, the event loop and dropped lines', async () => {
    const series = await scrape(app);
    expect(find(series, 'banyan_deliveries_pending', 'listener="stock.reserve"')[0]?.[1]).toBe(0);
    expect(find(series, 'banyan_seconds_behind').length).toBeGreaterThan(1);
    expect(find(series, 'banyan_conservation_gap')[0]?.[1]).toBe(0);
    expect(find(series, 'banyan_database_up')[0]?.[1]).toBe(1);
    for (const name of [
      'banyan_pool_connections',
      'banyan_log_lines_dropped_total',
      'nodejs_eventloop_lag_p99_seconds',
    ])
      expect(find(series, name).length).toBeGreaterThan(0);
  });

  it('are for this machine, and for who knows the secret', async () => {
    const behind = { 'x-forwarded-for': '8.8.8.8' };
    expect((await app.http('GET', '/metrics', undefined, behind)).status).toBe(403);
    const wrong = { ...behind, authorization: 'Bearer something else entirely' };
    expect((await app.http('GET', '/metrics', undefined, wrong)).status).toBe(403);
    const right = { ...behind, authorization: `Bearer ${SECRET}` };
    expect((await app.http('GET', '/metrics', undefined, right)).status).toBe(200);
  });
});

it('an app whose Redis is away is degraded, names what it does without, serves, and recovers', async () => {
  const redis = await testRedis();
  const wire = await wireTo(new URL(redis.url));
  const url = redis.url.replace(new URL(redis.url).host, `127.0.0.1:${wire.port}`);
  const app = await startModules({ here: [StockModule], settings: { REDIS_URL: url } });
  const ready = () => app.http('GET', '/health/ready');
  expect(await ready()).toMatchObject({ status: 200, body: { status: 'ok', degraded: [] } });
  wire.cut();
  const during = await ready();
  expect(during).toMatchObject({
    status: 200,
    body: {
      degraded: ['wake-ups'],
      info: { 'wake-ups': { degraded: true, message: expect.stringContaining('Redis is away') } },
    },
  });
  expect((await app.http('GET', '/stock/1/1')).status).toBe(404);
  await wire.mend();
  while ((await ready()).body.degraded.length > 0) await pause(50);
  await app.stop();
  wire.cut();
  await redis.drop();
});

it('an app whose store stalls is degraded, counts what it loses, serves, and recovers', async () => {
  const store = await testDatabase({ template: EMPTY });
  const url = new URL(store.url);
  const wire = await wireTo(url);
  url.host = `127.0.0.1:${wire.port}`;
  const app = await startModules({
    here: [StockModule],
    settings: { TELEMETRY_STORE: 'true', TELEMETRY_DATABASE_URL: url.href },
  });
  const degraded = async () => (await app.http('GET', '/health/ready')).body.degraded;
  const metric = async (name: string) => find(await scrape(app), name).map(([key, value]) => [key, value]);
  const kept = async () => (await metric('banyan_telemetry_kept'))[0]?.[1];
  while ((await kept()) !== 1) await pause(50);
  expect(await degraded()).toEqual([]);
  expect((await metric('banyan_telemetry_lost_total')).map(([, value]) => value)).toEqual([0, 0]);

  wire.hold();
  while ((await degraded()).length === 0) {
    expect((await app.http('GET', '/stock/1/1')).status).toBe(404);
    await pause(50);
  }
  expect(await app.http('GET', '/health/ready')).toMatchObject({
    status: 200,
    body: {
      degraded: ['telemetry'],
      info: {
        telemetry: {
          degraded: true,
          message: expect.stringMatching(/store does not answer.*Lost so far: [1-9]/),
        },
      },
    },
  });
  expect(Object.fromEntries(await metric('banyan_telemetry_lost_total'))).toEqual({
    'banyan_telemetry_lost_total{what="spans",app="together"}': expect.any(Number),
    'banyan_telemetry_lost_total{what="lines",app="together"}': expect.any(Number),
  });
  expect((await metric('banyan_telemetry_lost_total'))[0]?.[1]).toBeGreaterThan(0);
  expect(await kept()).toBe(0);

  await wire.mend();
  while ((await degraded()).length > 0) await pause(50);
  expect(await kept()).toBe(1);
  await app.stop();
  wire.cut();
  await store.drop();
});
