import { loadSettings } from '#platform/config';
import type { Started } from '#platform/host';
import { type Backend, type RunningModules, startModules } from '#testing';
import { startStandIns } from '../stand-ins/start-stand-ins.js';
import { CHECKOUT, CUSTOMER, ITEM, PRODUCT, SELLER, STOCK } from './bodies.fixture.js';
import { marketplace } from './modules.js';

interface Way {
  readonly name: string;
  readonly backend: Backend;
  readonly apart?: 'all';
}
const WAYS: readonly Way[] = [
  { name: 'together on Postgres', backend: 'postgres' },
  { name: 'together on Redis', backend: 'redis' },
  { name: 'all apart on Postgres', backend: 'postgres', apart: 'all' },
  { name: 'all apart on Redis', backend: 'redis', apart: 'all' },
];

interface SpanRow {
  readonly span: string;
  readonly parent: string | null;
  readonly kind: string;
  readonly operation: string;
  readonly module: string | null;
  readonly caller: string | null;
  readonly outcome: string;
  readonly event: string | null;
  readonly waited: number | null;
}

describe.each(WAYS)('the one trace of a checkout $name', ({ backend, apart }) => {
  let shop: RunningModules;
  let outside: Started;
  let written: { trace?: string; span?: string; message: string; module?: string }[] = [];
  let trace = '';
  let spans: SpanRow[] = [];

  beforeAll(async () => {
    const standIns = await startStandIns(loadSettings({ env: {}, file: '' }));
    outside = standIns;
    shop = await startModules({
      here: marketplace,
      backend,
      apart,
      lines: (line) => written.push(JSON.parse(line)),
      settings: {
        BENCH: 'true',
        LOG_LEVEL: 'info',
        LOG_FORMAT: 'json',
        TELEMETRY_STORE: 'true',
        PAYMENT_PROVIDER_URL: String(standIns.settings.PAYMENT_PROVIDER_URL),
        CARRIER_URL: String(standIns.settings.CARRIER_URL),
      },
    });
    await shop.http('POST', '/seller', { id: 1, name: 'Seller 1', ...SELLER });
    await shop.http('POST', '/product', { seller_id: 1, product_id: 1, ...PRODUCT });
    await shop.http('POST', '/stock', { seller_id: 1, product_id: 1, ...STOCK });
    await shop.http('POST', '/customer', { id: 1, ...CUSTOMER });
    await shop.http('PATCH', '/cart/1/add', { SellerId: 1, ProductId: 1, ...ITEM });
    await shop.drain();
    await quiet();
    written = [];
    const checkout = { CustomerId: 1, instanceId: 'traced', ...CHECKOUT };
    const answer = await shop.http('POST', '/cart/1/checkout', checkout);
    expect(answer.status).toBe(202);
    trace = answer.headers.get('x-trace-id') ?? '';
    await shop.drain();
    await quiet();
    spans = await shop.query<SpanRow>(
      `select encode(span, 'hex') as span, encode(parent, 'hex') as parent, kind, operation, module, caller, outcome, event::text,
         waited_micros::float8 / 1000 as waited from telemetry.spans where trace = $1 order by started`,
      [trace],
    );
  });
  afterAll(async () => {
    await shop?.stop();
    await outside?.stop();
  });

  /** Until nobody is at work any more: the last wake-up ends a moment after the last delivery. */
  async function quiet(): Promise<void> {
    for (let before = -1, after = 0; before !== after; ) {
      before = after;
      await new Promise((resolve) => setTimeout(resolve, 300));
      await shop.kept();
      const [row] = await shop.query<{ count: number }>(
        'select (select count(*) from telemetry.spans)::int + (select count(*) from telemetry.lines)::int as count',
      );
      after = row?.count ?? 0;
    }
  }
  const of = (kind: string) => spans.filter((span) => span.kind === kind);

  it('stands in every line that was written on its way, and all of them are in the store', async () => {
    expect(written.length).toBeGreaterThan(10);
    expect(written.filter((line) => line.trace !== trace)).toEqual([]);
    const [kept] = await shop.query('select count(*)::int as count from telemetry.lines where trace = $1', [
      trace,
    ]);
    expect(kept?.['count']).toBe(written.length);
  });

  it('has a span for every line', () => {
    const known = new Set(spans.map(({ span }) => span));
    expect(written.filter((line) => !known.has(line.span ?? ''))).toEqual([]);
  });

  it('begins once, and no span hangs in the air', () => {
    const known = new Set(spans.map(({ span }) => span));
    expect(known.size).toBe(spans.length);
    const roots = spans.filter(({ parent }) => parent === null);
    expect(roots.map(({ kind, operation }) => [kind, operation])).toEqual([
      ['request', 'POST /cart/:customerId/checkout'],
    ]);
    expect(spans.filter(({ parent }) => parent !== null && !known.has(parent))).toEqual([]);
    expect(spans.filter(({ outcome }) => outcome !== 'ok')).toEqual([]);
  });

  it('has a span for every call between modules, at both ends where they are in two processes', () => {
    const calls = of('call');
    expect(calls).toHaveLength(written.filter(({ message }) => message.startsWith('Asked by ')).length);
    expect(calls.filter(({ module, caller }) => module === caller)).toEqual([]);
    expect(of('ask')).toHaveLength(apart ? calls.length : 0);
    if (!apart) return;
    const asks = new Set(of('ask').map(({ span }) => span));
    expect(calls.filter(({ parent }) => !asks.has(parent ?? ''))).toEqual([]);
  });

  it('has a span for every event and every delivery, below what published it, with the time that it waited', async () => {
    const events = await shop.query<{ id: string; span: string }>(
      `select id::text, split_part(traceparent, '-', 3) as span from banyan.events where split_part(traceparent, '-', 2) = $1`,
      [trace],
    );
    expect(
      of('publish')
        .map(({ span }) => span)
        .sort(),
    ).toEqual(events.map(({ span }) => span).sort());
    const deliveries = await shop.query<{ event: string; listener: string }>(
      `select event_id::text as event, listener from banyan.deliveries where event_id = any($1::bigint[])`,
      [events.map(({ id }) => id)],
    );
    const key = (event: string | null, listener: string) => `${event} ${listener}`;
    const delivered = of('delivery').map(({ event, operation }) => key(event, operation));
    expect(delivered.sort()).toEqual(deliveries.map(({ event, listener }) => key(event, listener)).sort());
    const publisherOf = new Map(events.map(({ id, span }) => [id, span]));
    for (const { event, parent, waited } of of('delivery')) {
      expect(parent).toBe(publisherOf.get(event ?? ''));
      expect(waited).toBeGreaterThanOrEqual(0);
    }
  });

  it('leads through the gateways: a charge at the provider, a booking at the carrier', () => {
    expect(
      of('fetch')
        .map(({ module }) => module)
        .sort(),
    ).toEqual(['payment', 'shipment']);
  });

  it('has a span for every unit of work that a module opened itself', () => {
    expect(of('unit').length).toBeGreaterThan(5);
    expect(of('unit').filter(({ module }) => module === null)).toEqual([]);
  });

  it('is another one for scheduled work, with the unit of work that it opens', async () => {
    const rows = await shop.query<{ kind: string; module: string; operation: string }>(
      `select kind, module, operation from telemetry.spans where trace = any (
         select trace from telemetry.spans where kind = 'task' and operation = 'payment.vault-sweep') order by kind`,
    );
    expect(rows.map(({ kind, module }) => [kind, module])).toEqual([
      ['task', 'payment'],
      ['unit', 'payment'],
    ]);
  });
});
