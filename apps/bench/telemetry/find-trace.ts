import { execFile } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { currentSegment, prepareStore, tendSegments } from '#platform/telemetry/store';

/** Below the number of segments at which the store would begin to drop the oldest one. */
const SEGMENTS = 12;
const SPANS_OF_A_TRACE = 5;
const COMMAND = join(import.meta.dirname, '../../../../apps/cli/banyan.mjs');

const FILL = `with traces as materialized (
  select gen_random_uuid() as trace, clock_timestamp() - at * interval '1 ms' as at from generate_series(1, $2::int) at
), spans as (
  insert into telemetry.spans (started, micros, segment, source, partial, trace, span, parent, kind, operation, module, outcome)
  select at + n * interval '1 ms', 5000 - 1000 * n, $1, 1, false, trace, int8send(n + 1), case when n > 0 then int8send(1) end,
    case when n > 0 then 'call' else 'request' end, case when n > 0 then 'ProductApi.price' else 'POST /cart/:customerId/checkout' end,
    case when n > 0 then 'product' else 'cart' end, 'ok'
  from traces, generate_series(0, ${SPANS_OF_A_TRACE - 1}) n
)
insert into telemetry.lines (time, segment, source, level, partial, trace, span, module, line)
select at, $1, 1, 30, false, trace, int8send(1), 'cart',
  json_build_object('level', 'info', 'time', at, 'app', 'bench', 'instance', 'find', 'module', 'cart', 'message', 'Accepted')
from traces`;

/** How long the command `banyan trace` took, all of it, by the clock, in seconds. */
export interface FindTrace {
  readonly spans: number;
  readonly seconds: number[];
}

/**
 * Fills a store with generated spans, five to a trace and a line beside them, and asks for single traces as a user does: by the
 * command, in a process of its own, each time another trace.
 *
 * @param url an empty database
 * @param spans how many to generate
 * @throws Error when the command does not show the trace
 */
export async function measureFindTrace(
  url: string,
  spans: number,
  times: number,
  note: (line: string) => void,
): Promise<FindTrace> {
  const client = new Client({ connectionString: url, options: '-c synchronous_commit=off' });
  await client.connect();
  try {
    const segments = await fill(client, spans, note);
    const seconds: number[] = [];
    for (let each = 0; each < times; each++) {
      const trace = await anyTrace(client, segments);
      const begun = performance.now();
      const { stdout } = await promisify(execFile)(process.execPath, [COMMAND, 'trace', trace], {
        env: { ...process.env, TELEMETRY_DATABASE_URL: url },
      });
      seconds.push((performance.now() - begun) / 1_000);
      if (!stdout.includes(`${SPANS_OF_A_TRACE} hops`)) throw new Error(`The trace was not shown: ${stdout}`);
    }
    return { spans, seconds };
  } finally {
    await client.end();
  }
}

async function fill(client: Client, spans: number, note: (line: string) => void): Promise<number[]> {
  await prepareStore(client);
  await client.query(
    `insert into telemetry.sources (app, instance, version, commit) values ('bench', 'find', '', '')`,
  );
  const segments: number[] = [];
  let bytes = Number.MAX_SAFE_INTEGER;
  for (let each = 0; each < SEGMENTS; each++) {
    await tendSegments(client, { bytes, days: 1 }); // opens the next one: the last is as large as one may get
    const segment = (await currentSegment(client)) as number;
    segments.push(segment);
    await client.query(FILL, [segment, Math.ceil(spans / SEGMENTS / SPANS_OF_A_TRACE)]);
    bytes = 16 * (await bytesOf(client, segment));
    note(`  ${each + 1} of ${SEGMENTS} segments filled, ${Math.round(bytes / 16 / 2 ** 20)} MB each`);
  }
  await client.query('analyze telemetry.spans, telemetry.lines');
  return segments;
}

async function bytesOf(client: Client, segment: number): Promise<number> {
  const { rows } = await client.query(
    `select pg_total_relation_size('telemetry.spans_${segment}') + pg_total_relation_size('telemetry.lines_${segment}') as bytes`,
  );
  return Number(rows[0].bytes);
}

async function anyTrace(client: Client, segments: readonly number[]): Promise<string> {
  const segment = segments[randomInt(segments.length)];
  const { rows } = await client.query(
    `select replace(trace::text, '-', '') as trace from telemetry.lines_${segment} tablesample system (1) order by random() limit 1`,
  );
  if (rows[0]) return rows[0].trace;
  return (
    await client.query(
      `select replace(trace::text, '-', '') as trace from telemetry.lines_${segment} limit 1`,
    )
  ).rows[0].trace;
}
