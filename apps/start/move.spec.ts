import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestDatabase, type TestRedis, testDatabase, testRedis } from '#testing';
import { run } from '../cli/run.js';
import { buildIfOlder, leftRunning, type StartedShop, startShop, until } from './started-shop.fixture.js';
import { type Expected, startTraffic, type Traffic } from './traffic.fixture.js';

let folder: string;
let database: TestDatabase;
let redis: TestRedis | undefined;
let shop: StartedShop;

beforeAll(buildIfOlder);

async function start(backend: 'Postgres' | 'Redis'): Promise<void> {
  folder = mkdtempSync(join(tmpdir(), 'banyan-move-'));
  database = await testDatabase();
  redis = backend === 'Redis' ? await testRedis() : undefined;
  const settings = {
    DATABASE_URL: database.url,
    DATABASE_POOL: '8',
    LOG_LEVEL: 'warn',
    REDIS_URL: redis?.url ?? '',
  };
  shop = await startShop({ folder, settings });
}
async function stop(): Promise<void> {
  shop.signal('SIGINT');
  expect(await shop.ended()).toMatchObject({ code: 0 });
  expect(leftRunning(folder)).toEqual([]);
  await redis?.drop();
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
}

/** `npx banyan move`; its steps and its result. */
async function move(module: string, to: string) {
  let [out, err] = ['', ''];
  const terminal = { folder, settings: { DATABASE_URL: database.url }, width: 100 };
  const code = await run(['move', module, '--to', to, '--json'], {
    ...terminal,
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
  });
  expect({ code, err }).toMatchObject({ code: 0 });
  return {
    steps: err,
    ...(JSON.parse(out) as { to: string; calls: { from: number; to: number; failed: number } }),
  };
}
/** Whether a process is there still, be it that nobody has asked yet how it ended. */
function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
const count = async (sql: string, params: unknown[] = []) =>
  (await database.query<{ count: number }>(`select count(*)::int as count ${sql}`, params))[0]?.count ?? 0;
const pending = (module: string) =>
  count(`from banyan.deliveries where state = 'pending' and starts_with(listener, $1 || '.')`, [module]);
const drained = () =>
  until(async () => (await count(`from banyan.deliveries where state = 'pending'`)) === 0, 30_000, shop.said);
/** Process numbers of the instances of an app, the newest first. */
const pids = async (app: string) =>
  (
    await database.query<{ id: string }>(
      'select id from banyan.instances where app = $1 order by started_at desc',
      [app],
    )
  ).map((row) => Number(row.id.split('-').at(-2)));

/** How many of the accepted checkouts became one order with one charge that succeeded; and whether anything came twice. */
async function paidOnce(traffic: Traffic) {
  const rows = await database.query<{ tid: string; orders: number; paid: number; lines: number }>(
    `select o.tid, count(distinct o.invoice_number)::int as orders,
       count(distinct c.invoice_number) filter (where c.status = 'succeeded')::int as paid,
       count(distinct p.sequential) filter (where p.type <> 'VOUCHER')::int as lines
     from "order".orders o left join payment.charges c using (customer_id, order_id)
     left join payment.order_payments p using (customer_id, order_id) group by o.tid`,
  );
  const byTid = new Map(rows.map((row) => [row.tid, row]));
  const wrong = traffic.accepted.filter((tid) => {
    const row = byTid.get(tid);
    return !(row?.orders === 1 && row.paid === 1 && row.lines === 1);
  });
  return { wrong, twice: rows.filter((row) => row.orders > 1 || row.paid > 1 || row.lines > 1) };
}

const SSE_HEADERS = { accept: 'text/event-stream' };

describe.each<{ module: string; backend: 'Postgres' | 'Redis'; others: readonly Expected[] }>([
  { module: 'payment', backend: 'Postgres', others: [['GET', '/payment/1/1', 200]] },
  {
    module: 'stock',
    backend: 'Redis',
    others: [
      ['GET', '/stock/1/1', 200],
      ['PATCH', '/stock', 202, { seller_id: 5, product_id: 5, quantity: 1 }],
    ],
  },
])('while customers buy, $module, with BullMQ on $backend,', ({ module, backend, others }) => {
  let traffic: Traffic;
  const more = async (checkouts: number) => {
    const enough = traffic.accepted.length + checkouts;
    await until(
      () => traffic.accepted.length >= enough,
      20_000,
      () => JSON.stringify(traffic.failures.slice(0, 3)),
    );
  };

  beforeAll(async () => {
    await start(backend);
    // The order that is looked at must be there and paid before anybody looks.
    const first = startTraffic(shop.url, `first-${module}`, [['GET', '/seller/1', 200]]);
    await until(
      () => first.accepted.length > 3,
      20_000,
      () => JSON.stringify(first.failures.slice(0, 3)),
    );
    await first.stop();
    await drained();
    traffic = startTraffic(shop.url, module, others);
  });
  afterAll(async () => {
    await traffic?.stop();
    await stop();
  });

  it('moves apart: no request fails, no call fails, and it is the new process that answers and delivers', async () => {
    await more(5);
    const { to, calls, steps } = await move(module, 'apart');
    expect({ to, failed: calls.failed }).toEqual({ to: module, failed: 0 });
    expect(steps).toMatch(/every process follows \(2 of 2\)/);
    await more(10);
    expect(traffic.failures).toEqual([]);
    const [instance] = await database.query('select health from banyan.instances where app = $1', [module]);
    expect(instance?.health.delivers).toEqual([module]);
    const [front] = await database.query(`select health from banyan.instances where app = 'marketplace'`);
    expect(front?.health.delivers).not.toContain(module);
  });

  it('killed, it holds nobody up: only what was in flight inside it fails, its deliveries wait, and it is started again', async () => {
    const [pid] = await pids(module);
    const accepted = traffic.accepted.length;
    const killed = performance.now();
    process.kill(pid as number, 'SIGKILL');
    // It answers, or holds what it was sent, until it is gone: on a busy machine that takes a fifth of a second.
    await until(async () => !runs(pid as number), 10_000);
    const gone = performance.now();
    await until(async () => (await pending(module)) > 0, 10_000);
    await shop.says(new RegExp(`${module} has died \\(SIGKILL\\); starting it again`));
    await until(async () => ![pid, undefined].includes((await pids(module))[0]), 20_000, shop.said);
    expect(traffic.accepted.length).toBeGreaterThan(accepted);
    await more(10);
    const outside = traffic.failures.filter(({ began, ended }) => began > gone + 50 || ended < killed);
    expect(outside).toEqual([]);
    expect(traffic.failures.length).toBeLessThan(5);
    traffic.failures.length = 0;
  });

  it('moves together again, its process ends, and every accepted checkout is paid exactly once', async () => {
    const { to, calls, steps } = await move(module, 'together');
    expect({ to, failed: calls.failed }).toEqual({ to: 'marketplace', failed: 0 });
    expect(steps).toContain(`${module} has stopped`);
    await more(5);
    await traffic.stop();
    expect(traffic.failures).toEqual([]);
    await drained();
    expect(await paidOnce(traffic)).toEqual({ wrong: [], twice: [] });
    expect(await count(`from banyan.deliveries where state = 'dead'`)).toBe(0);
    expect(traffic.accepted.length).toBeGreaterThan(30);
  });
});

describe('a stream of events of a module that moves', () => {
  beforeAll(() => start('Postgres'));
  afterAll(stop);

  /** Reads marks until one of this checkout comes. @returns the id to go on after, and what came */
  async function readUntil(tid: string, after: string): Promise<{ last: string; tids: string[] }> {
    const given = new AbortController();
    const answer = await fetch(`${shop.url}/marks`, {
      headers: { ...SSE_HEADERS, 'last-event-id': after },
      signal: given.signal,
    });
    expect(answer.status).toBe(200);
    let text = '';
    const tids: string[] = [];
    let last = after;
    const decoder = new TextDecoder();
    for await (const piece of answer.body as unknown as AsyncIterable<Uint8Array>) {
      text += decoder.decode(piece, { stream: true });
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const block = text.slice(0, end);
        text = text.slice(end + 2);
        const data = /^data: ?(.*)$/m.exec(block)?.[1];
        if (!data) continue;
        last = /^id: ?(.*)$/m.exec(block)?.[1] ?? last;
        tids.push((JSON.parse(data) as { tid: string }).tid);
      }
      if (tids.includes(tid)) break;
    }
    given.abort();
    return { last, tids };
  }
  async function buy(name: string): Promise<string> {
    const traffic = startTraffic(shop.url, name, [['GET', '/seller/1', 200]]);
    await until(
      () => traffic.accepted.length > 0,
      10_000,
      () => JSON.stringify(traffic.failures),
    );
    await traffic.stop();
    expect(traffic.failures).toEqual([]);
    return traffic.accepted.at(-1) as string;
  }

  it('is read through the front in every place, and its reader misses and doubles nothing', async () => {
    let after = '0';
    const heard: string[] = [];
    for (const [step, to] of ['nowhere', 'apart', 'together'].entries()) {
      if (to !== 'nowhere') await move('benchmark', to);
      const read = await readUntil(await buy(`sse${step}`), after);
      after = read.last;
      heard.push(...read.tids);
    }
    await drained();
    const marks = await database.query<{ tid: string }>(
      'select tid from benchmark.transaction_marks where id <= $1',
      [after],
    );
    expect(heard.sort()).toEqual(marks.map((mark) => mark.tid).sort());
  });
});
