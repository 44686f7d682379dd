import { type CallContext, freshContext, hop, inContext, SpanBuffer } from '#platform/telemetry';
import { type Spread, spread } from '../measure/figures.js';

const HOPS = 10_000;

/** What a hop costs in process, in ns. */
export interface SpanCost {
  readonly what: string;
  readonly ns: Spread;
}

/** What is judged: a whole hop, its context and its span. */
export const WHOLE_HOP = 'a hop: its context, and its span';

/** Measures hops with and without their spans in interleaved rounds; spans are collected between them, as they are while an app works. */
export function measureSpans(rounds: number): SpanCost[] {
  const spans = new SpanBuffer();
  const request = freshContext({ spans, module: 'cart', operation: 'POST /cart/:customerId/checkout' });
  const details = { caller: 'cart' };
  const work = () => undefined;
  const hopOnly = (): CallContext => {
    const context = hop(request, { module: 'stock', operation: 'StockApi.reserve' });
    inContext(context, work);
    return context;
  };
  const cases: Record<string, () => void> = {
    'a hop without a span: its context': () => void hopOnly(),
    [WHOLE_HOP]: () => {
      const started = performance.now();
      spans.hop(hopOnly(), 'call', started, undefined, details);
    },
    'a span below a hop, without a context': () => spans.leaf(request, 'unit', 'work', performance.now()),
  };
  const times = new Map(Object.keys(cases).map((what) => [what, [] as number[]]));
  const collecting: number[] = [];
  for (let round = -3; round < rounds; round++) {
    for (const [what, once] of Object.entries(cases)) {
      const ns = timed(HOPS, once);
      if (round >= 0) times.get(what)?.push(ns);
      const begun = process.hrtime.bigint();
      const taken = spans.collect(HOPS).length;
      if (taken > 0 && round >= 0) collecting.push(Number(process.hrtime.bigint() - begun) / taken);
    }
  }
  times.set('to collect one, off its path', collecting);
  return [...times].map(([what, ns]) => ({ what, ns: spread(ns) }));
}

function timed(times: number, once: () => void): number {
  const begun = process.hrtime.bigint();
  for (let each = 0; each < times; each++) once();
  return Number(process.hrtime.bigint() - begun) / times;
}
