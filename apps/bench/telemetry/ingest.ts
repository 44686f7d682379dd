import { Client } from 'pg';
import { freshContext, hop, type Span, SpanBuffer } from '#platform/telemetry';
import {
  copyRows,
  currentSegment,
  Losses,
  PostgresSink,
  SPAN_COLUMNS,
  spanRow,
} from '#platform/telemetry/store';

const BATCH = 5_000;
const SILENT = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** Rows a second, round by round: COPY of text that was ready before, and our store with all that it does. */
export interface IngestRounds {
  readonly copy: number[];
  readonly store: number[];
}

/** Writes the same spans in both ways into the store's own table with its indexes, in turns. */
export async function measureIngest(url: string, rounds: number, rows: number): Promise<IngestRounds> {
  const source = { app: 'bench', instance: 'ingest', version: '', commit: '' };
  const losses = new Losses(SILENT);
  const limits = { bytes: 8 * 1024 ** 3, days: 1 };
  const sink = new PostgresSink({ url, source, limits, losses }, () => undefined);
  sink.open();
  while (!sink.ready) await new Promise((resolve) => setTimeout(resolve, 20));
  const client = new Client({ connectionString: url, options: '-c synchronous_commit=off' });
  await client.connect();
  const segment = await currentSegment(client);
  const measured: IngestRounds = { copy: [], store: [] };
  for (let round = -1; round < rounds; round++) {
    const figures = {
      copy: await timed(rows, async () => {
        const ready = batches(rows).map((batch) => batch.map((span) => spanRow(span, 1)));
        const begun = performance.now();
        for (const batch of ready)
          await copyRows(client, `telemetry.spans_${segment} (${SPAN_COLUMNS})`, batch);
        return begun;
      }),
      store: await timed(rows, async () => {
        const ready = batches(rows);
        const begun = performance.now();
        for (const spans of ready) await sink.take({ spans, lines: [] });
        return begun;
      }),
    };
    if (round < 0) continue;
    measured.copy.push(figures.copy);
    measured.store.push(figures.store);
  }
  await client.end();
  await sink.close();
  return measured;
}

async function timed(rows: number, work: () => Promise<number>): Promise<number> {
  const begun = await work();
  return rows / ((performance.now() - begun) / 1_000);
}

/** Spans as a busy app leaves them: five to a trace. */
function batches(rows: number): Span[][] {
  const buffer = new SpanBuffer();
  const all: Span[][] = [];
  for (let made = 0; made < rows; made += BATCH) {
    for (let each = 0; each < BATCH; each += 5) {
      const request = freshContext({
        spans: buffer,
        module: 'cart',
        operation: 'POST /cart/:customerId/checkout',
      });
      const now = performance.now();
      for (let call = 0; call < 4; call++) {
        buffer.hop(
          hop(request, { module: 'product', operation: 'ProductApi.price' }),
          'call',
          now,
          undefined,
          { caller: 'cart' },
        );
      }
      buffer.hop(request, 'request', now, undefined, { status: 202 });
    }
    all.push(buffer.collect(BATCH));
  }
  return all;
}
