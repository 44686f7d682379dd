import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Controller, Get, Module } from '@nestjs/common';
import { Client } from 'pg';
import { EMPTY, type RunningModules, startModules, type TestDatabase, testDatabase } from '#testing';
import { startPostgres } from '../../embedded/index.js';
import { WorkModule } from '../../work/work.module.js';
import { freshContext, hop } from '../call-context.js';
import { loggerFor } from '../log.js';
import { SpanBuffer } from '../spans/span-buffer.js';
import { Telemetry } from '../telemetry.js';
import { copyRows } from './copy.js';
import { SPAN_COLUMNS, spanRow } from './copy-text.js';
import { currentSegment, tendSegments } from './segments.js';
import { prepareStore } from './store-schema.js';

const MIB = 1024 * 1024;
const SETTINGS = {
  TELEMETRY_STORE: true,
  TELEMETRY_DATABASE_URL: '',
  TELEMETRY_MAX_MB: 64,
  TELEMETRY_MAX_DAYS: 3,
  TELEMETRY_KEEP_PERCENT: 100,
  TELEMETRY_SLOW_MS: 1_000,
  OTEL_EXPORTER_OTLP_ENDPOINT: '',
  OTEL_EXPORTER_OTLP_HEADERS: '',
  COMMIT: 'abc',
};

/** Waits for a fact. */
async function until(fact: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = Date.now() + 30_000;
  while (!(await fact())) {
    if (Date.now() > end) throw new Error(`It never came to it that ${what}.`);
    await pause(20);
  }
}

describe('the store', () => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await testDatabase({ template: EMPTY });
  });
  afterEach(() => database.drop());

  /** An app that says something, and nothing else. */
  function speaker(settings: Partial<typeof SETTINGS> = {}, instance = 'one') {
    const log = loggerFor(
      { LOG_LEVEL: 'info', LOG_FORMAT: 'json' },
      { app: 'shop', instance },
      { write: () => undefined },
    );
    const telemetry = new Telemetry({ ...SETTINGS, DATABASE_URL: database.url, ...settings }, log, '1.2.3');
    return { log, telemetry, spans: telemetry.spans as SpanBuffer };
  }
  const there = (table: string) =>
    database
      .query<{ count: number }>(`select count(*)::int as count from telemetry.${table}`)
      .then(([row]) => row?.count ?? 0);

  it('keeps what was said and done as it was, whatever is in it, and no secret', async () => {
    const { log, telemetry, spans } = speaker();
    await until(() => telemetry.kept === true, 'the store answers');
    const context = freshContext({ spans, module: 'stock', operation: 'StockApi.reserve\tnow\n' });
    const awkward = 'tab \t, back\\slash, quote ", NUL \u0000, half \ud83d, \\N, \u202e and ü';
    log.info(awkward, { trace: context.trace.traceId, password: 'hunter2' });
    spans.hop(context, 'call', performance.now() - 5, new Error('postgres://me:hunter2@host/db is away'), {
      caller: 'cart',
      more: { note: 'token=hunter2', text: 'a\tb\\c' },
    });
    await telemetry.close(5_000);
    const [line] =
      await database.query(`select line->>'message' as message, level, trace::text, s.version, s.commit, line::text as all
      from telemetry.lines join telemetry.sources s on s.id = source`);
    expect(line).toMatchObject({ level: 30, version: '1.2.3', commit: 'abc' });
    expect(line?.['message']).toContain('tab \t, back\\slash, quote ", NUL \ufffd, half \ufffd, \\N');
    expect(line?.['trace']?.replaceAll('-', '')).toBe(context.trace.traceId);
    const [span] = await database.query(
      `select kind, operation, module, caller, outcome, error, micros::float8, details from telemetry.spans`,
    );
    expect(span).toMatchObject({
      kind: 'call',
      operation: 'StockApi.reserve now ',
      module: 'stock',
      caller: 'cart',
      outcome: 'fault',
    });
    expect(span?.['micros']).toBeGreaterThanOrEqual(5_000);
    expect(span?.['details']).toMatchObject({ text: 'a b\\c' });
    expect(JSON.stringify([line, span])).not.toContain('hunter2');
  });

  it('drops the oldest whole when it holds too much, and what is too old', async () => {
    const client = new Client({ connectionString: database.url });
    await client.connect();
    await prepareStore(client);
    const limits = { bytes: 16 * MIB, days: 3 };
    const spans = new SpanBuffer();
    const write = async (count: number) => {
      const context = freshContext({ operation: 'x'.repeat(150) });
      for (let each = 0; each < count; each++) spans.hop(hop(context, {}), 'call', performance.now());
      const rows = spans.collect(count).map((span) => spanRow(span, 1));
      await copyRows(client, `telemetry.spans_${await currentSegment(client)} (${SPAN_COLUMNS})`, rows);
    };
    const size = async () =>
      Number(
        (
          await database.query(`select sum(pg_total_relation_size(c.oid)) as bytes from pg_class c
        where relnamespace = 'telemetry'::regnamespace and relkind = 'r'`)
        )[0]?.['bytes'],
      );
    for (let round = 0; round < 20; round++) {
      await tendSegments(client, limits);
      await write(5_000);
      expect(await size()).toBeLessThan(limits.bytes);
    }
    expect(await there('spans')).toBeGreaterThan(20_000);
    const [oldest] = await database.query('select min(segment) as segment from telemetry.spans');
    expect(oldest?.['segment']).toBeGreaterThan(1);
    const current = await currentSegment(client);
    await database.query(`update telemetry.segments set opened_at = now() - interval '4 days', closed_at = now() - interval '73 hours'
      where closed_at is not null`);
    // Sources that were seen so many days ago; what the second one has lost is still told of.
    await database.query(`insert into telemetry.sources (app, instance, version, commit, seen_at)
      select 'shop', days::text, '1', '', now() - days * interval '1 day' from unnest(array[9, 8, 5, 0]) days`);
    await database.query(
      `insert into telemetry.losses (source, what, count, why) select id, 'lines', 1, 'x' from telemetry.sources where instance = '8'`,
    );
    await tendSegments(client, limits);
    expect(await database.query('select distinct segment from telemetry.spans')).toEqual([
      { segment: current },
    ]);
    expect(await database.query('select instance from telemetry.sources order by id')).toEqual([
      { instance: '8' },
      { instance: '0' },
    ]);
    await client.end();
  });

  it('knows again who had nothing to write for so long that it was forgotten', async () => {
    const { log, telemetry } = speaker();
    await until(() => telemetry.kept === true, 'the store answers');
    const [before] = await database.query('delete from telemetry.sources returning id');
    for (let n = 0; (await there('sources')) === 0; n++) {
      log.info(`still here ${n}`);
      await pause(100);
    }
    log.info('the last word');
    await telemetry.close(5_000);
    const last =
      await database.query(`select s.instance, s.id from telemetry.lines l join telemetry.sources s on s.id = l.source
      where l.line->>'message' = 'the last word'`);
    expect(last).toEqual([{ instance: 'one', id: expect.any(Number) }]);
    expect(last[0]?.['id']).not.toBe(before?.['id']);
  });

  it('keeps failing and slow traces whole beyond the chosen ones, in every process, and marks what came too late', async () => {
    const one = speaker({ TELEMETRY_KEEP_PERCENT: 0 });
    const two = speaker({ TELEMETRY_KEEP_PERCENT: 0 }, 'two');
    await until(() => one.telemetry.kept === true && two.telemetry.kept === true, 'the store answers both');
    const say = (
      { log, spans }: typeof one,
      operation: string,
      ms: number,
      error?: unknown,
      trace = freshContext().trace,
    ) => {
      const context = hop(freshContext({ trace }), { operation, spans });
      log.info(operation, { trace: trace.traceId, span: context.trace.spanId });
      spans.hop(context, 'call', performance.now() - ms, error);
      return trace;
    };
    say(one, 'nothing special', 1);
    const slow = say(one, 'quick part of a slow one', 1);
    say(two, 'part in the other process', 1, undefined, slow);
    say(one, 'slow part', 5_000, undefined, slow);
    say(one, 'failed', 1, new Error('away'));
    const late = say(one, 'before it went wrong', 1);
    const kept = async () =>
      (await database.query('select operation, partial from telemetry.spans order by 1')) as unknown[];
    await until(async () => (await kept()).length === 4, 'four spans are kept');
    // The first ones are given up after their time; only then does the last trace go wrong.
    await until(() => one.telemetry.leftOut === 4, 'the others are left out');
    say(one, 'too late', 1, new Error('away'), late);
    await Promise.all([one.telemetry.close(5_000), two.telemetry.close(5_000)]);
    expect(await kept()).toEqual([
      { operation: 'failed', partial: false },
      { operation: 'part in the other process', partial: false },
      { operation: 'quick part of a slow one', partial: false },
      { operation: 'slow part', partial: false },
      { operation: 'too late', partial: true },
    ]);
    const lines = await database.query(
      `select line->>'message' as message from telemetry.lines where trace is not null order by 1`,
    );
    expect(lines).toHaveLength(5);
  });
});

@Controller('kept')
class KeptController {
  @Get()
  answer() {
    return { fine: true };
  }
}
@Module({ imports: [WorkModule.as('stock')], controllers: [KeptController] })
class StockModule {}

describe('a store on a server of its own', () => {
  let dataDir: string;
  let store: Awaited<ReturnType<typeof startPostgres>>;
  let shop: RunningModules;
  let said: string[] = [];

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'banyan-store-'));
    store = await startPostgres({ dataDir, durable: false });
    shop = await startModules({
      here: [StockModule],
      lines: (line) => said.push(line),
      settings: { TELEMETRY_STORE: 'true', TELEMETRY_DATABASE_URL: store.url, LOG_LEVEL: 'info' },
    });
    await until(async () => (await requestsKept()) === 0, 'the store is there');
  });
  afterAll(async () => {
    await shop?.stop();
    await store?.stop();
    await rm(dataDir, { recursive: true, force: true });
  });
  beforeEach(() => {
    said = [];
  });

  async function ask<T>(sql: string): Promise<T[]> {
    const client = new Client({ connectionString: store.url, connectionTimeoutMillis: 2_000 });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query(sql)).rows;
    } finally {
      await client.end();
    }
  }
  const requestsKept = async () =>
    (
      await ask<{ count: number }>(
        `select count(*)::int as count from telemetry.spans where kind = 'request'`,
      ).catch(() => [])
    )[0]?.count;
  const request = async (times: number) => {
    for (let each = 0; each < times; each++) expect((await shop.http('GET', '/kept')).status).toBe(200);
  };
  const heard = (text: string) => said.some((line) => line.includes(text));
  async function postmaster(): Promise<number> {
    const { home } = JSON.parse(await readFile(join(dataDir, 'postgres.json'), 'utf8'));
    return Number(readFileSync(join(home, 'cluster/postmaster.pid'), 'utf8').split('\n')[0]);
  }

  it('that is killed stops no request; what waited is kept when it is back', async () => {
    const before = (await requestsKept()) as number;
    process.kill(await postmaster(), 'SIGKILL');
    await until(() => heard('the store does not answer'), 'it is said that the store is away');
    await request(50);
    store = await startPostgres({ dataDir, durable: false });
    await until(() => heard('are kept in the store'), 'it is said that the store is back');
    await until(async () => (await requestsKept()) === before + 50, 'all requests are kept');
  });

  it('that stalls stops no request; the loss is counted, said, and written down, and it recovers by itself', async () => {
    const processes = (
      await ask<{ pid: number }>('select pid from pg_stat_activity where pid <> pg_backend_pid()')
    ).map(({ pid }) => pid);
    processes.push(await postmaster());
    for (const pid of processes) process.kill(pid, 'SIGSTOP');
    try {
      await request(50);
      await until(
        () => heard('the store does not answer (no answer within'),
        'it is said that the store is away',
      );
      await request(50);
    } finally {
      for (const pid of processes) process.kill(pid, 'SIGCONT');
    }
    await until(() => heard('are kept in the store'), 'it is said that the store is back');
    const losses = () =>
      ask<{ what: string; count: string }>(
        'select what, sum(count) as count from telemetry.losses group by 1',
      );
    await until(
      async () => (await losses()).some(({ what, count }) => what === 'spans' && Number(count) > 0),
      'the loss is written down',
    );
    await until(() => heard('spans were not kept'), 'the loss is said');
    const before = (await requestsKept()) as number;
    await request(1);
    await until(async () => ((await requestsKept()) as number) > before, 'requests are kept again');
  });
});
