import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { StockModule } from '#marketplace/stock/module';
import { EMPTY, type RunningModules, startModules, type TestDatabase, testDatabase } from '#testing';
import { wireTo } from '../wire.fixture.js';
import { KeptStore } from './kept-store.js';

const SECRET = 'known-to-this-test-only';
const EACH = ['trace/0123456789abcdef0123456789abcdef', 'logs', 'calls', 'map', 'slow', 'behaviors'];

describe('questions to an app', () => {
  let store: TestDatabase;
  let wire: Awaited<ReturnType<typeof wireTo>>;
  let app: RunningModules;
  const ask = (path: string, headers?: Record<string, string>) =>
    app.http('GET', `/questions/${path}`, undefined, headers);

  beforeAll(async () => {
    store = await testDatabase({ template: EMPTY });
    const url = new URL(store.url);
    wire = await wireTo(url);
    url.host = `127.0.0.1:${wire.port}`;
    app = await startModules({
      here: [StockModule],
      settings: { CALL_SECRET: SECRET, TELEMETRY_STORE: 'true', TELEMETRY_DATABASE_URL: url.href },
    });
    while ((await ask('calls')).status !== 200) await pause(50);
  });
  afterAll(async () => {
    await app.stop();
    wire.cut();
    await store.drop();
  });

  it('are for this machine and for who knows the secret, and stand on no page for customers', async () => {
    const behind = { 'x-forwarded-for': '8.8.8.8' };
    for (const path of EACH) {
      expect((await ask(path, behind)).status).toBe(403);
      const knows = { ...behind, authorization: `Bearer ${SECRET}` };
      expect((await ask(path, knows)).status).toBe(path.startsWith('trace') ? 404 : 200);
    }
    expect(JSON.stringify((await app.http('GET', '/docs-json')).body)).not.toContain('questions');
  });

  it.each([
    ['trace/7', 'trace: must have 32 hex digits'],
    ['calls?since=yesterday', 'since: must be a time such as 30s'],
    ['calls?since=1h&since=2h', 'since: must be a time'],
    ['map?until=1h', 'Unrecognized key: "until"'],
    ['slow?limit=0', 'limit: must be a whole number from 1 to 100'],
    ['logs?limit=1001', 'limit: must be a whole number from 1 to 1000'],
    ['logs?level=loud', 'level: must be trace, debug'],
    ['logs?text=%00', 'text: must hold no NUL'],
    ['logs?until=soon', 'until: must be a time ago'],
    ['behaviors?new=perhaps', 'new: must be true or false'],
  ])('are refused where they make no sense: %s', async (path, sentence) => {
    const { status, body } = await ask(path);
    expect({ status, detail: body.detail }).toEqual({
      status: 400,
      detail: expect.stringContaining(sentence),
    });
  });

  it('say when nothing is kept of a trace', async () => {
    const { status, body } = await ask(EACH[0] as string);
    expect({ status, detail: body.detail }).toEqual({
      status: 404,
      detail: expect.stringContaining('older than the store keeps'),
    });
  });

  it('write nothing, and take two connections at most, none of them from the business', async () => {
    await Promise.all(Array.from({ length: 12 }, () => ask('calls')));
    const sessions = await store.query(
      `select from pg_stat_activity where datname = current_database() and application_name = 'together questions'`,
    );
    expect(sessions).toHaveLength(2);
    const kept = new KeptStore(store.url, 'test');
    await expect(kept.ask((reader) => reader.query('delete from telemetry.spans'))).rejects.toThrow(
      'read-only transaction',
    );
    await kept.onModuleDestroy();
  });

  it('hold up nobody when the store is slow: so many wait, so long, the rest are sent away', async () => {
    const blocker = new Client({ connectionString: store.url });
    await blocker.connect();
    await blocker.query('begin; lock table telemetry.spans in access exclusive mode');
    const answers = Array.from({ length: 24 }, () => ask('calls'));
    expect((await app.http('GET', '/stock/1/1')).status).toBe(404);
    const details = (await Promise.all(answers)).map(({ status, body }) => `${status} ${body.detail}`);
    await blocker.end();
    const tooLong = details.filter((detail) => detail.startsWith('503 The answer took longer')).length;
    expect(details.filter((detail) => detail.startsWith('503 Too many questions'))).toHaveLength(
      24 - tooLong,
    );
    expect(tooLong).toBeGreaterThanOrEqual(2);
    expect(tooLong).toBeLessThanOrEqual(2 + 16);
    expect((await ask('calls')).status).toBe(200);
  });

  it('say that the store is away, and are answered again when it is back', async () => {
    wire.cut();
    const { status, body, headers } = await ask('calls');
    expect({ status, detail: body.detail }).toEqual({
      status: 503,
      detail: expect.stringContaining('See whether it runs'),
    });
    expect(headers.get('retry-after')).toBe('1');
    expect((await app.http('GET', '/stock/1/1')).status).toBe(404);
    await wire.mend();
    while ((await ask('calls')).status !== 200) await pause(50);
  });
});

it('questions to an app whose store was never written to say so', async () => {
  const app = await startModules({ here: [StockModule] });
  const { status, body } = await app.http('GET', '/questions/calls');
  expect({ status, detail: body.detail }).toEqual({
    status: 503,
    detail: expect.stringContaining('TELEMETRY_STORE=true'),
  });
  await app.stop();
});
