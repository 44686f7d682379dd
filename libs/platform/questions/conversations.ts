import { type KeptSpan, SPAN, type StoreReader } from './store.js';
import { type Hop, treeOf } from './trace-story.js';

/** A whole conversation: everything below one entry, however much later it ran. */
export interface Conversation {
  readonly trace: string;
  /** What began it: `POST /cart/:customerId/checkout`. */
  readonly entry: string;
  readonly at: number;
  /** From its beginning to the end of its last hop, in ms. */
  readonly ms: number;
  readonly version: string;
  readonly hops: readonly Hop[];
  readonly spans: readonly KeptSpan[];
}

/** Spans that are read for one answer at most, unless somebody asks for fewer; of more, the latest. */
const MOST = 200_000;

/**
 * The conversations that began in the last `seconds`, those that are kept from their first hop on.
 *
 * @param entry only of this beginning
 * @param most spans that are read
 */
export async function conversations(
  store: StoreReader,
  seconds: number,
  entry?: string,
  most = MOST,
): Promise<readonly Conversation[]> {
  const { rows } = await store.query(
    `select ${SPAN} from telemetry.spans s join telemetry.sources o on o.id = s.source
     where s.started >= clock_timestamp() - $1 * interval '1 s' order by s.started desc limit $2`,
    [seconds, most],
  );
  const traces = new Map<string, KeptSpan[]>();
  for (const span of rows.reverse() as KeptSpan[]) {
    const spans = traces.get(span.trace);
    if (spans) spans.push(span);
    else traces.set(span.trace, [span]);
  }
  const found: Conversation[] = [];
  for (const [trace, spans] of traces) {
    const { hops } = treeOf(spans.filter(({ kind }) => kind !== 'wake'));
    const first = hops.find((hop) => hop.kind === 'request' || hop.kind === 'task') ?? hops[0];
    if (!first || (entry !== undefined && first.operation !== entry)) continue;
    const end = spans.reduce(
      (latest, { at, ms, kind }) => (kind === 'wake' ? latest : Math.max(latest, at + ms)),
      first?.at ?? 0,
    );
    found.push({
      trace,
      entry: first.operation,
      at: first.at,
      ms: end - first.at,
      version: first.version,
      hops,
      spans,
    });
  }
  return found;
}

/** A part of the time that a conversation took. */
export interface Stretch {
  readonly what: 'work' | 'wait';
  readonly operation: string;
  readonly module: string | null;
  readonly kind: string;
  readonly ms: number;
}

/**
 * What a conversation's time went into: the way from its beginning to its last hop. A hop's time counts until the hop below it
 * on the way begins; where that begins after its parent has ended, the time between was a wait, in a queue or for its turn.
 */
export function criticalPath({ hops, spans }: Pick<Conversation, 'hops' | 'spans'>): readonly Stretch[] {
  const byId = new Map(spans.map((span) => [span.span, span]));
  const last = spans
    .filter(({ kind }) => kind !== 'wake')
    .sort((a, b) => b.at + b.ms - (a.at + a.ms) || b.at - a.at)[0];
  const way: KeptSpan[] = [];
  const seen = new Set<string>();
  let hop: KeptSpan | undefined = last;
  for (; hop && !seen.has(hop.span); hop = byId.get(hop.parent ?? '')) {
    seen.add(hop.span);
    way.unshift(hop);
  }
  const entry = hops[0];
  if (entry && way[0] && way[0].span !== entry.span && !seen.has(entry.span)) way.unshift(entry);
  const path: Stretch[] = [];
  for (const [at, hop] of way.entries()) {
    const { operation, module, kind } = hop;
    const below = way[at + 1];
    const end = below ? Math.min(below.at, hop.at + hop.ms) : hop.at + hop.ms;
    path.push({ what: 'work', operation, module, kind, ms: Math.max(0, end - hop.at) });
    if (below && below.at > hop.at + hop.ms)
      path.push({
        what: 'wait',
        operation: below.operation,
        module: below.module,
        kind: below.kind,
        ms: below.at - hop.at - hop.ms,
      });
  }
  return path;
}
