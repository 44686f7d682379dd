import type { Words } from './words.js';

/** A connection to the store of lines and spans, as a role that may write there. */
export interface StoreClient {
  query(sql: string, parameters?: unknown[]): Promise<{ rows: unknown[]; rowCount?: number | null }>;
}

/** Lines and spans in which something was erased, or would be. */
export interface KeptCounts {
  readonly lines: number;
  readonly spans: number;
}

/** Pages that one statement reads, 8 KiB each: none takes long, or holds up who drops a segment. */
const PAGES = 1_000;
/** Traces that one statement looks up. */
const TRACES = 50;

type Kind = 'lines' | 'spans';
interface Row {
  readonly tid: string;
  readonly line?: Record<string, unknown>;
  readonly error?: string | null;
  readonly details?: unknown;
}

const COLUMNS = { lines: 'line', spans: 'error, details' } as const;
const SAYS = { lines: 'line::text ~* $1', spans: '(error ~* $1 or details::text ~* $1)' } as const;
/** What of a line may speak of somebody; the rest says where and when. */
const SPOKEN = ['message', 'error', 'data'] as const;

const UPDATE = {
  lines: (table: string) =>
    `update ${table} t set line = n.line from json_to_recordset($1) as n(tid text, line json) where t.ctid = n.tid::tid`,
  spans: (table: string) =>
    `update ${table} t set error = n.error, details = n.details
     from json_to_recordset($1) as n(tid text, error text, details json) where t.ctid = n.tid::tid`,
} as const;

/** Says in how many lines and spans of some traces a subject's words stand, and takes them out where `apply` says so. */
export async function eraseInTraces(
  store: StoreClient,
  traces: readonly string[],
  words: Words,
  apply: boolean,
): Promise<KeptCounts> {
  const counts = { lines: 0, spans: 0 };
  if (words.none) return counts;
  for (const segment of await segmentsOf(store))
    for (const kind of ['lines', 'spans'] as const)
      for (let first = 0; first < traces.length; first += TRACES) {
        const some = traces.slice(first, first + TRACES);
        counts[kind] += await eraseWhere(
          store,
          kind,
          segment,
          'trace = any($2::uuid[])',
          [some],
          words,
          apply,
        );
      }
  return counts;
}

/** The same in all that is kept beside these traces: the oldest first, some pages at a time. */
export async function eraseEverywhere(
  store: StoreClient,
  traces: readonly string[],
  words: Words,
  apply: boolean,
  progress: (text: string) => void,
): Promise<KeptCounts> {
  const counts = { lines: 0, spans: 0 };
  if (words.none) return counts;
  const segments = await segmentsOf(store);
  for (const [index, segment] of segments.entries()) {
    progress(`Looking through kept lines and spans: segment ${index + 1} of ${segments.length}`);
    for (const kind of ['lines', 'spans'] as const) {
      const pages = await pagesOf(store, kind, segment);
      for (let page = 0; page < pages; page += PAGES) {
        const range = [`(${page},0)`, `(${page + PAGES},0)`, traces];
        const where = 'ctid >= $2::tid and ctid < $3::tid and (trace = any($4::uuid[])) is not true';
        counts[kind] += await eraseWhere(store, kind, segment, where, range, words, apply);
      }
    }
  }
  return counts;
}

/** Gives back what updated rows leave behind, so that it is written over. */
export async function tidyKept(store: StoreClient): Promise<void> {
  for (const segment of await segmentsOf(store))
    for (const kind of ['lines', 'spans'] as const)
      await unlessDropped(() => store.query(`vacuum telemetry.${kind}_${segment}`), undefined);
}

async function eraseWhere(
  store: StoreClient,
  kind: Kind,
  segment: number,
  where: string,
  values: unknown[],
  words: Words,
  apply: boolean,
): Promise<number> {
  const table = `telemetry.${kind}_${segment}`;
  const select = `select ctid::text as tid, ${COLUMNS[kind]} from ${table} where ${where} and ${SAYS[kind]}`;
  return unlessDropped(async () => {
    const { rows } = await store.query(select, [words.hint, ...values]);
    const changed = (rows as Row[]).flatMap((row) => {
      const next = kind === 'lines' ? lineWithout(row, words) : spanWithout(row, words);
      return JSON.stringify(next) === JSON.stringify(row) ? [] : [next];
    });
    if (apply && changed.length > 0) await store.query(UPDATE[kind](table), [JSON.stringify(changed)]);
    return changed.length;
  }, 0);
}

function lineWithout({ tid, line = {} }: Row, words: Words): Row {
  const next = { ...line };
  for (const part of SPOKEN) if (part in next) next[part] = words.withoutIn(next[part]);
  return { tid, line: next };
}

function spanWithout({ tid, error, details }: Row, words: Words): Row {
  return { tid, error: words.withoutIn(error) as string | null, details: words.withoutIn(details) };
}

async function segmentsOf(store: StoreClient): Promise<number[]> {
  const { rows } = await store.query('select id from telemetry.segments order by id');
  return (rows as { id: number }[]).map(({ id }) => id);
}

async function pagesOf(store: StoreClient, kind: Kind, segment: number): Promise<number> {
  const size = `select coalesce(pg_relation_size(to_regclass($1)), 0)::float8 / 8192 as pages`;
  const { rows } = await store.query(size, [`telemetry.${kind}_${segment}`]);
  return (rows[0] as { pages: number }).pages;
}

/** Past its time, a segment goes while it is looked through, and what it said with it. */
async function unlessDropped<T>(work: () => Promise<T>, otherwise: T): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if ((error as { code?: string }).code === '42P01') return otherwise;
    throw error;
  }
}
