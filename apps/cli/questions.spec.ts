import { loadSettings } from '#platform/config';
import type { Started } from '#platform/host';
import type { Behavior, CallEdge, Hop, ServiceMap, TraceStory } from '#platform/questions';
import { type RunningModules, startModules } from '#testing';
import { CHECKOUT, CUSTOMER, ITEM, PRODUCT, SELLER, STOCK } from '../marketplace/bodies.fixture.js';
import { marketplace } from '../marketplace/modules.js';
import { startStandIns } from '../stand-ins/start-stand-ins.js';
import { banyan as command } from './banyan.fixture.js';
import { run } from './run.js';

const TRACE = 'c'.repeat(32);
const CHECKOUTS = 'POST /cart/:customerId/checkout';

describe.each([
  ['together', undefined],
  ['apart', 'all'],
] as const)('questions about a marketplace whose modules run %s', (_, apart) => {
  let shop: RunningModules;
  let outside: Started;
  const banyan = (words: string) => command(words, { settings: { DATABASE_URL: shop.database.url } });
  const json = async (words: string) => JSON.parse((await banyan(`${words} --json`)).raw);

  beforeAll(async () => {
    const standIns = await startStandIns(loadSettings({ env: {}, file: '' }));
    outside = standIns;
    shop = await startModules({
      ...{ here: marketplace, apart, lines: () => undefined },
      settings: {
        ...{ TELEMETRY_STORE: 'true', LOG_LEVEL: 'info' },
        PAYMENT_PROVIDER_URL: String(standIns.settings.PAYMENT_PROVIDER_URL),
        CARRIER_URL: String(standIns.settings.CARRIER_URL),
      },
    });
    await shop.http('POST', '/seller', { id: 1, name: 'Seller', ...SELLER });
    await shop.http('POST', '/product', { seller_id: 1, product_id: 1, ...PRODUCT });
    await shop.http('POST', '/stock', { seller_id: 1, product_id: 1, ...STOCK });
    await shop.http('POST', '/customer', { id: 1, ...CUSTOMER });
    await shop.drain();
    for (const tid of ['one', 'two']) {
      await shop.http('PATCH', '/cart/1/add', { SellerId: 1, ProductId: 1, ...ITEM });
      const body = { CustomerId: 1, instanceId: tid, ...CHECKOUT };
      const traceparent = `00-${TRACE}-${'7'.repeat(16)}-01`;
      const headers: Record<string, string> = tid === 'one' ? { traceparent } : {};
      expect((await shop.http('POST', '/cart/1/checkout', body, headers)).status).toBe(202);
      await shop.drain();
    }
    await shop.http('GET', '/order/999');
    await shop.kept();
  });
  afterAll(async () => {
    await shop?.stop();
    await outside?.stop();
  });

  it('trace: a tree of every hop with its lines, through every module', async () => {
    const story: TraceStory = await json(`trace ${TRACE}`);
    const all = flat(story.hops);
    expect(all.length).toBe(story.spans);
    const modules = new Set(all.map(({ module }) => module));
    for (const module of ['cart', 'checkout', 'order', 'payment', 'shipment', 'stock', 'customer', 'seller'])
      expect(modules).toContain(module);
    expect(story.hops).toHaveLength(1);
    expect(story.hops[0]).toMatchObject({ kind: 'request', operation: CHECKOUTS, status: 202 });
    expect(
      all.filter(({ kind, waitedMs }) => kind === 'delivery' && waitedMs !== null).length,
    ).toBeGreaterThan(3);
    expect(all.flatMap(({ lines }) => lines).length).toBeGreaterThan(5);
    expect(story.apps.length).toBe(apart ? 9 : 1);
    const { out } = await banyan(`trace ${TRACE}`);
    process.env['SHOW'] && console.log(out);
    expect(out).toMatch(/POST \/cart\/:customerId\/checkout .*202/);
    expect(out).toMatch(/delivery stock\.reserve .*waited [\d.]+ ms/);
    expect(out).toContain('INFO');
    expect((await banyan(`trace ${TRACE} --no-lines`)).out).not.toContain('INFO');
  });

  it('trace: says what to do when nothing is kept, and what an id looks like', async () => {
    expect(await banyan(`trace ${'d'.repeat(32)}`)).toMatchObject({
      code: 2,
      err: expect.stringContaining('Nothing is kept'),
    });
    expect((await banyan('trace 7')).err).toContain('A trace has 32 hex digits');
  });

  it('logs: by trace, module, level and text, and as they come', async () => {
    const all = (await banyan('logs --json --limit 5000')).raw
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(all.length).toBeGreaterThan(20);
    const ofStock = (await banyan('logs --module stock --json')).raw
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(new Set(ofStock.map(({ module }) => module))).toEqual(new Set(['stock']));
    const ofTrace = (await banyan(`logs --trace ${TRACE} --json`)).raw
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(new Set(ofTrace.map(({ trace }) => trace))).toEqual(new Set([TRACE]));
    const asked = (await banyan('logs --text "CHECKOUT 202" --json')).raw.trim().split('\n');
    expect(asked).toHaveLength(2);
    expect((await banyan('logs --level error')).err).toContain('No line of that kind');
    expect((await banyan('logs --limit 3')).out.trim().split('\n')).toHaveLength(3);
  });

  it('logs: go on with what comes, each once', async () => {
    let out = '';
    const following = run(['logs', '--follow', '--module', 'stock', '--json'], {
      out: (text) => {
        out += text;
      },
      err: () => undefined,
      folder: process.cwd(),
      settings: { DATABASE_URL: shop.database.url },
      stopped: () => out.includes('GET /stock/:sellerId/:productId 200'),
    });
    await shop.http('GET', '/stock/1/1');
    await shop.kept();
    expect(await following).toBe(0);
    const said = out.trim().split('\n');
    expect(said.length).toBe(new Set(said).size);
  });

  it('calls: who asked whom, how often, how well and how fast', async () => {
    const { edges }: { edges: CallEdge[] } = await json('calls');
    const find = (caller: string, callee: string) =>
      edges.find((edge) => edge.kind === 'call' && edge.caller === caller && edge.callee === callee);
    expect(find('checkout', 'cart')?.now).toMatchObject({ errors: 0, calls: expect.any(Number) });
    expect(
      edges.find(({ kind, operation }) => kind === 'request' && operation === CHECKOUTS)?.now,
    ).toMatchObject({ calls: 2 });
    for (const { now } of edges) expect(now.p50 <= now.p95 && now.p95 <= now.p99).toBe(true);
    const { out } = await banyan('calls');
    process.env['SHOW'] && console.log(out);
    expect(out).toMatch(/who asked.*p95 before.*version before/);
  });

  it('calls and behaviors: compare with the version before', async () => {
    await shop.query(
      `with old as (insert into telemetry.sources (app, instance, version, commit, started_at, seen_at)
        values ('together', 'old', 'v0', '', clock_timestamp() - interval '30 minutes', clock_timestamp() - interval '20 minutes') returning id)
      insert into telemetry.spans (started, micros, segment, source, partial, trace, span, kind, operation, module, caller, outcome)
      select clock_timestamp() - interval '25 minutes', 7000000, (select max(id) from telemetry.segments), id, false,
        gen_random_uuid(), '\\x0101010101010101', 'request', $1, 'checkout', null, 'ok' from old`,
      [CHECKOUTS],
    );
    const { edges }: { edges: CallEdge[] } = await json('calls --since 10m');
    expect(edges.find(({ operation }) => operation === CHECKOUTS)).toMatchObject({
      now: { calls: 2 },
      before: null,
      versionBefore: { calls: 1, p95: 7_000 },
    });
    const { behaviors }: { behaviors: Behavior[] } = await json(`behaviors --entry "${CHECKOUTS}"`);
    expect(behaviors.find(({ hops }) => hops.length === 1)).toMatchObject({ count: 1, isNew: false });
    expect(behaviors.filter(({ isNew }) => isNew).reduce((sum, { count }) => sum + count, 0)).toBe(2);
    const { out } = await banyan('behaviors --new');
    process.env['SHOW'] && console.log(out);
    expect(out).toContain('new since the version before');
  });

  it('map: what was observed against what the source declares', async () => {
    const map: ServiceMap = await json('map');
    expect(map.observed).toEqual(
      expect.arrayContaining([expect.objectContaining({ from: 'checkout', to: 'cart', way: 'call' })]),
    );
    expect(map.observed).toEqual(
      expect.arrayContaining([expect.objectContaining({ from: 'order', to: 'payment', way: 'event' })]),
    );
    expect(map.observed).toEqual(
      expect.arrayContaining([expect.objectContaining({ to: 'Postgres', way: 'tables' })]),
    );
    expect(map.undeclared).toEqual([]);
    expect(map.unused).toEqual(
      expect.arrayContaining([expect.objectContaining({ from: 'tracking', way: 'call' })]),
    );
    process.env['SHOW'] && console.log((await banyan('map')).out, (await banyan('map --format mermaid')).out);
    expect((await banyan('map --format mermaid')).out).toMatch(/^flowchart LR\n {2}n0\[/);
    expect((await banyan('map --format dot')).out).toMatch(
      /^digraph \{[\s\S]*"checkout" -> "cart" \[label="call/,
    );
  });

  it('all of them over HTTP: what the commands tell', async () => {
    const asked = async (path: string) => {
      const { status, body } = await shop.http('GET', `/questions/${path}`);
      expect({ path, status }).toEqual({ path, status: 200 });
      return body;
    };
    const entry = encodeURIComponent(CHECKOUTS);
    const lines = (await banyan(`logs --trace ${TRACE} --json`)).raw.trim().split('\n');
    expect((await asked(`logs?trace=${TRACE}`)).lines).toEqual(lines.map((line) => JSON.parse(line)));
    expect((await asked('logs?module=stock&level=info&text=checkout&limit=3')).lines.length).toBeLessThan(4);
    expect(await asked(`trace/${TRACE}`)).toEqual(await json(`trace ${TRACE}`));
    expect(await asked(`slow?entry=${entry}`)).toEqual(await json(`slow --entry "${CHECKOUTS}"`));
    expect(await asked(`behaviors?entry=${entry}&new=true`)).toEqual(
      await json(`behaviors --new --entry "${CHECKOUTS}"`),
    );
    expect((await asked('map?since=2h')).observed).toEqual((await json('map --since 2h')).observed);
    const others = ({ edges }: { edges: CallEdge[] }) =>
      edges.filter(({ operation }) => !operation.includes('/questions/')); // each question is a request itself
    expect(others(await asked('calls?since=2h'))).toEqual(others(await json('calls --since 2h')));
  });

  it('slow: where the time of a whole conversation went, waiting included', async () => {
    const { slowest } = await json(`slow --entry "${CHECKOUTS}"`);
    const ours = slowest.find(({ trace }: { trace: string }) => trace === TRACE);
    expect(ours.path[0]).toMatchObject({ what: 'work', operation: CHECKOUTS });
    expect(ours.path.some(({ what }: { what: string }) => what === 'wait')).toBe(true);
    const sum = ours.path.reduce((all: number, { ms }: { ms: number }) => all + ms, 0);
    expect(Math.abs(sum - ours.ms)).toBeLessThan(1);
    const { out } = await banyan('slow');
    process.env['SHOW'] && console.log(out);
    expect(out).toMatch(/of which [\d.]+ ms waiting/);
  });

  it('slow: leaves out streams of events, which last as long as somebody listens, and says so', async () => {
    const listener = new AbortController();
    const [host] = await shop.query<{ address: string }>(
      `select http_address as address from banyan.instances where 'benchmark' = any(modules)`,
    );
    const stream = await fetch(`${host?.address}/marks`, { signal: listener.signal });
    expect(stream.headers.get('content-type')).toContain('text/event-stream');
    listener.abort();
    const only = async () => (await json('slow --entry "GET /marks"')).slowest.length;
    while ((await only()) === 0) await shop.kept();
    const { slowest, streams } = await json('slow --limit 100');
    expect(slowest.map(({ entry }: { entry: string }) => entry)).not.toContain('GET /marks');
    expect(streams).toBe(1);
    expect((await banyan('slow')).out).toContain('1 stream of events left out: --entry names one.');
  });
});

function flat(hops: readonly Hop[]): Hop[] {
  return hops.flatMap((hop) => [hop, ...flat(hop.hops)]);
}
