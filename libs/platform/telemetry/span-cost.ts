/**
 * What a span costs in process, in ns: `node dist/libs/platform/telemetry/span-cost.js`. Medians of interleaved rounds;
 * spans are collected between them, as they are while an app works.
 */
import { cpus } from 'node:os';
import { type CallContext, freshContext, hop, inContext } from './call-context.js';
import { SpanBuffer } from './spans/span-buffer.js';

const ROUNDS = 31;
const HOPS = 10_000;

const spans = new SpanBuffer();
const request = freshContext({ spans, module: 'cart', operation: 'POST /cart/:customerId/checkout' });
const details = { caller: 'cart' };
let count = 0;
const work = () => {
  count++;
};

function hopOnly(): CallContext {
  const context = hop(request, { module: 'stock', operation: 'StockApi.reserve' });
  inContext(context, work);
  return context;
}

function hopWithSpan(): void {
  const started = performance.now();
  spans.hop(hopOnly(), 'call', started, undefined, details);
}

const cases: Record<string, () => void> = {
  'the work alone': work,
  'in a context of its own': () => void hopOnly(),
  'and with its span': hopWithSpan,
  'a span without a context': () => spans.leaf(request, 'unit', 'work', performance.now()),
};

const times = new Map(Object.keys(cases).map((name) => [name, [] as number[]]));
const collecting: number[] = [];
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, once] of Object.entries(cases)) {
    const begun = process.hrtime.bigint();
    for (let each = 0; each < HOPS; each++) once();
    times.get(name)?.push(Number(process.hrtime.bigint() - begun) / HOPS);
    const collected = process.hrtime.bigint();
    const taken = spans.collect(HOPS).length;
    if (taken > 0) collecting.push(Number(process.hrtime.bigint() - collected) / taken);
  }
}
times.set('to collect one, later', collecting);

console.log(`node ${process.version}, ${cpus()[0]?.model}, ${count} hops, dropped ${spans.takeDropped()}`);
for (const [name, rounds] of times) {
  const median = rounds.sort((a, b) => a - b)[Math.floor(rounds.length / 2)] as number;
  console.log(`${String(Math.round(median)).padStart(7)} ns  ${name}`);
}
