import type { StoreReader } from './store.js';

/** How the calls on one edge went in some time. Times in milliseconds. */
export interface CallNumbers {
  readonly calls: number;
  /** Business "no"s. */
  readonly refusals: number;
  /** Faults and bugs. */
  readonly errors: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** Who asked whom for what. */
export interface CallEdge {
  readonly kind: 'request' | 'call' | 'delivery' | 'fetch';
  /** The module that asked; for a delivery the one that published. */
  readonly caller: string;
  /** The module that answered; for a `fetch` the outside. */
  readonly callee: string;
  readonly operation: string;
  readonly now: CallNumbers;
  /** In the same time before. */
  readonly before: CallNumbers | null;
  /** By the version before this one, in all that is kept. */
  readonly versionBefore: CallNumbers | null;
}

/** A call from another process is kept at both ends: as `ask`, and as `call`, which counts here. */
const EDGES = `select s.kind, coalesce(s.caller, p.module, case s.kind when 'request' then '(outside)' when 'fetch' then s.module end, '?') as caller,
  case s.kind when 'fetch' then '(outside)' else coalesce(s.module, '?') end as callee, s.operation,
  count(*)::int as calls,
  count(*) filter (where s.outcome = 'refusal')::int as refusals,
  count(*) filter (where s.outcome in ('fault', 'bug'))::int as errors,
  (percentile_disc(array[0.5, 0.95, 0.99]) within group (order by s.micros))::float8[] as micros
from telemetry.spans s join telemetry.sources o on o.id = s.source
left join (select trace, span, module from telemetry.spans s where kind = 'publish' and %s) p
  on s.kind = 'delivery' and p.trace = s.trace and p.span = s.parent
where s.kind in ('request', 'call', 'delivery', 'fetch') and %s
group by 1, 2, 3, 4`;

/** @param seconds how far back; as much before that is compared with it */
export async function callEdges(store: StoreReader, seconds: number): Promise<readonly CallEdge[]> {
  const within = (from: number, to: number) =>
    `s.started >= clock_timestamp() - interval '${from} s' and s.started < clock_timestamp() - interval '${to} s'`;
  const now = await edges(store, within(seconds, 0), seconds);
  const before = await edges(store, within(2 * seconds, seconds), seconds);
  const older = await versionBefore(store);
  const versions = older
    ? await edges(store, 'o.version || o.commit = $1', older.seconds, [older.version])
    : new Map();
  return [...now.values()]
    .map(({ key, ...edge }) => ({
      ...edge,
      before: before.get(key)?.now ?? null,
      versionBefore: versions.get(key)?.now ?? null,
    }))
    .sort((a, b) => b.now.calls * b.now.p50 - a.now.calls * a.now.p50);
}

type Keyed = Pick<CallEdge, 'kind' | 'caller' | 'callee' | 'operation' | 'now'> & { readonly key: string };

async function edges(
  store: StoreReader,
  where: string,
  seconds: number,
  parameters: unknown[] = [],
): Promise<Map<string, Keyed>> {
  const publishedWhere = parameters.length > 0 ? 'true' : where;
  const { rows } = await store.query(EDGES.replace('%s', publishedWhere).replace('%s', where), parameters);
  return new Map(
    rows.map(({ kind, caller, callee, operation, calls, refusals, errors, micros }) => {
      const key = JSON.stringify([kind, caller, callee, operation]);
      const [p50, p95, p99] = micros.map((each: number) => each / 1_000);
      const now = { calls, refusals, errors, perSecond: calls / seconds, p50, p95, p99 };
      return [key, { key, kind, caller, callee, operation, now }];
    }),
  );
}

/** The version that ran before the one that was started last, and for how long; undefined while there is only one. */
export async function versionBefore(
  store: StoreReader,
): Promise<{ readonly version: string; readonly seconds: number } | undefined> {
  const { rows } = await store.query(
    `select version || commit as version, extract(epoch from max(seen_at) - min(started_at))::float8 as seconds
     from telemetry.sources where app not in ('facade', 'start') group by 1 order by max(started_at) desc limit 2`,
  );
  return rows[1] && { version: rows[1].version, seconds: Math.max(1, rows[1].seconds) };
}
