import { testDatabase } from '#testing';
import { Database } from './database.js';
import { drive } from './drive.js';
import { readOptions } from './options.js';
import { Progress } from './progress.js';
import { reportOf } from './report.js';
import { type Result, verdictOf } from './result.js';
import { scriptedSystem } from './scripted-system.fixture.js';

const options = (...args: string[]) => readOptions(['node', 'drive', ...args]);

describe('a run that cannot be made says why', () => {
  const refusal = async (url: string, ...args: string[]) => {
    const own = await testDatabase();
    const database = new Database(async () => own.url);
    try {
      await drive(
        options('--url', url, ...args),
        database,
        new AbortController().signal,
        new Progress({ write: () => true }),
      );
      return 'it ran';
    } catch (error) {
      return (error as Error).message;
    } finally {
      await database.close();
      await own.drop();
    }
  };

  it('when nobody answers', async () => {
    expect(await refusal('http://127.0.0.1:9')).toMatch(
      /127\.0\.0\.1:9 does not answer: start it with npm start/,
    );
  });

  it('when the system is not ready', async () => {
    const system = await scriptedSystem(() => ({ status: 503, body: { status: 'error' } }));
    expect(await refusal(system.url)).toMatch(/says that it is not ready \(503/);
    await system.stop();
  });

  it('when there are too few customers', async () => {
    expect(await refusal('http://127.0.0.1:9', '--customers', '3')).toMatch(
      /raise --customers or lower --concurrency/,
    );
  });

  it('when everything should be wiped and the shop does not offer that', async () => {
    const system = await scriptedSystem(({ path }) => ({ status: path === '/cleanup' ? 404 : 200 }));
    expect(await refusal(system.url, '--reset')).toMatch(/--reset needs BENCH=true/);
    await system.stop();
  });

  it('and wipes nothing that it was not told to', async () => {
    const system = await scriptedSystem(({ method }) => ({ status: method === 'GET' ? 200 : 400 }));
    expect(await refusal(system.url)).toMatch(/answered 400 to a generated row/);
    expect(system.seen.filter(({ method }) => method !== 'GET' && method !== 'POST')).toEqual([]);
    await system.stop();
  });
});

describe('the verdict', () => {
  const summary = { count: 1, mean: 1, p50: 1, p75: 1, p90: 1, p95: 1, p99: 1, max: 1 };
  const good: Omit<Result, 'verdict'> = {
    run: 'r1',
    startedAt: '2026-01-01T00:00:00Z',
    options: options(),
    machine: { node: 'v24', cores: 2, cpu: 'some', platform: 'linux x64' },
    measured: {
      seconds: 60,
      completed: 5,
      perSecond: 0.1,
      epochs: [{ from: 0, to: 60, completed: 5, perSecond: 0.1 }],
      transactions: {
        CUSTOMER_SESSION: summary,
        QUERY_DASHBOARD: summary,
        PRICE_UPDATE: summary,
        UPDATE_PRODUCT: summary,
        UPDATE_DELIVERY: summary,
      },
      aborts: [],
      late: 0,
    },
    driverCpuSeconds: 2,
    requests: {
      sent: 10,
      failed: 1,
      failures: [{ request: 'GET /x', failure: '500', unknown: false, count: 1, sample: '\x1b[2Jboo' }],
    },
    undecided: { count: 0, succeeded: 0, refused: 0, nothing: 0 },
    marksReopened: 0,
    watch: { looks: 1, violations: [] },
    dashboards: { looked: 1, wrong: 0, sample: [] },
    findings: {
      left: [],
      restAfterSeconds: 1,
      dead: [],
      invariants: [
        { id: 'I12', claim: 'twelve', violations: 0, sample: [] },
        { id: 'I14', claim: 'fourteen', violations: 0, sample: [] },
      ],
      causal: { carts: 1, lines: 1, anomalies: 0, phantoms: 0, sample: [] },
    },
  };
  const findings = good.findings as NonNullable<Result['findings']>;
  const violated = { id: 'I14', claim: 'fourteen', violations: 3, sample: [{ seller_id: 4711 }] };

  it('is good when everything held, a failed request notwithstanding', () => {
    expect(verdictOf(good)).toEqual([]);
    expect(reportOf({ ...good, verdict: [] })).toContain('Everything held.');
  });

  const bad: [what: string, change: Partial<Result>, reason: string][] = [
    [
      'an invariant',
      { findings: { ...findings, invariants: [violated] } },
      'I14 is violated by 3 rows: fourteen.',
    ],
    [
      'an invariant under load',
      { watch: { looks: 1, violations: [violated] } },
      'I14 was violated under load',
    ],
    [
      'a dashboard',
      { dashboards: { looked: 9, wrong: 2, sample: [{ seller: 1 }] } },
      'I13: 2 of 9 dashboard answers',
    ],
    [
      'a causal anomaly',
      { findings: { ...findings, causal: { ...findings.causal, anomalies: 4 } } },
      '4 causal anomalies',
    ],
    [
      'a phantom price',
      { findings: { ...findings, causal: { ...findings.causal, phantoms: 5 } } },
      '5 phantom prices',
    ],
    [
      'a dead delivery',
      { findings: { ...findings, dead: [{ listener: 'a.b', event_id: '1', type: null, reason: 'x' }] } },
      '1 deliveries died',
    ],
    [
      'what is still pending',
      { findings: { ...findings, left: [{ listener: 'a.b', count: 6 }] } },
      '6 deliveries are pending',
    ],
    [
      'a failed request, with --no-failures',
      { options: options('--no-failures') },
      '1 of 10 requests failed.',
    ],
  ];
  it.each(bad)('is bad for %s, and the report says so', (_what, change, reason) => {
    const result = { ...good, ...change };
    expect(verdictOf(result)).toEqual([expect.stringContaining(reason)]);
    const report = reportOf({ ...result, verdict: verdictOf(result) });
    expect(report).toContain(reason);
    expect(report).toContain('The run failed.');
  });

  it('the report shows the rows that violate an invariant, and lets no answer move the cursor', () => {
    const result = { ...good, findings: { ...findings, invariants: [violated] }, verdict: ['x'] };
    expect(reportOf(result)).toContain('{"seller_id":4711}');
    expect(reportOf(result)).not.toContain('\x1b[2J');
  });
});
