import { type KeptLine, type KeptSpan, LINE, SPAN, type StoreReader } from './store.js';

/** More of one trace than anybody reads. */
const MOST = 5_000;

/** A hop, what was said meanwhile, and the hops below it, the first at the front. */
export interface Hop extends KeptSpan {
  readonly lines: readonly KeptLine[];
  readonly hops: readonly Hop[];
}

/** All that is kept of one trace. */
export interface TraceStory {
  readonly trace: string;
  /** When it began, in ms since 1970, and how long it took until the end of its last hop. */
  readonly at: number;
  readonly ms: number;
  readonly apps: readonly string[];
  readonly spans: number;
  /** Hops whose parent is not kept, or which have none. */
  readonly hops: readonly Hop[];
  /** What was said in the trace by nobody whose hop is kept. */
  readonly lines: readonly KeptLine[];
  /** More was there than is shown, or than was kept. */
  readonly partial: boolean;
}

/**
 * Everything that is kept of a trace, as a tree.
 *
 * @param trace 32 hex digits
 * @returns undefined when nothing is kept of it
 */
export async function traceStory(store: StoreReader, trace: string): Promise<TraceStory | undefined> {
  const spans: KeptSpan[] = (
    await store.query(
      `select ${SPAN} from telemetry.spans s join telemetry.sources o on o.id = s.source
       where s.trace = $1::uuid order by s.started limit ${MOST}`,
      [trace],
    )
  ).rows;
  const lines: KeptLine[] = (
    await store.query(
      `select ${LINE} from telemetry.lines l join telemetry.sources o on o.id = l.source
       where l.trace = $1::uuid order by l.time limit ${MOST}`,
      [trace],
    )
  ).rows;
  if (spans.length + lines.length === 0) return undefined;
  const at = Math.min(...spans.map((span) => span.at), ...lines.map(({ time }) => time.getTime()));
  const end = Math.max(at, ...spans.map((span) => span.at + span.ms));
  const { hops, known } = treeOf(spans, lines);
  return {
    ...{ trace, at, ms: end - at, hops, spans: spans.length },
    apps: [...new Set([...spans, ...lines].map(({ app }) => app))].sort(),
    lines: lines.filter(({ span }) => span === null || !known.has(span)),
    partial: spans.length === MOST || lines.length === MOST || spans.some(({ partial }) => partial),
  };
}

/** Puts spans under their parents; one whose parent is not there stands at the top. */
export function treeOf(spans: readonly KeptSpan[], lines: readonly KeptLine[] = []) {
  const known = new Map<string, Hop & { lines: KeptLine[]; hops: Hop[] }>();
  for (const span of spans) known.set(span.span, { ...span, lines: [], hops: [] });
  const hops: Hop[] = [];
  for (const hop of known.values()) {
    const above = hop.parent === null || hop.parent === hop.span ? undefined : known.get(hop.parent);
    (above?.hops ?? hops).push(hop);
  }
  for (const line of lines) if (line.span !== null) known.get(line.span)?.lines.push(line);
  return { hops: hops as readonly Hop[], known };
}
