import type { StoreReader } from './store.js';

/** A use of one part by another. */
export interface MapEdge {
  readonly from: string;
  readonly to: string;
  /** `call`: asked over the seam; `event`: hears what the other says; `tables`: units of work; `outside`: requests. */
  readonly way: 'call' | 'event' | 'tables' | 'outside';
  /** How often it was observed. */
  readonly count: number;
  readonly errors: number;
}

/** A use that the source declares. */
export type DeclaredEdge = Pick<MapEdge, 'from' | 'to' | 'way'>;

/** Who uses whom, as observed against what is declared. */
export interface ServiceMap {
  readonly observed: readonly MapEdge[];
  /** Observed and not declared. */
  readonly undeclared: readonly MapEdge[];
  /** Declared and not observed. */
  readonly unused: readonly DeclaredEdge[];
}

const OBSERVED = `select
  case s.kind when 'request' then '(outside)' when 'call' then coalesce(s.caller, '(outside)')
    when 'delivery' then coalesce(p.module, '?') else coalesce(s.module, '?') end as from,
  case s.kind when 'unit' then 'Postgres' when 'fetch' then split_part(s.operation, ' ', 2) else coalesce(s.module, '?') end as to,
  case s.kind when 'delivery' then 'event' when 'unit' then 'tables' when 'fetch' then 'outside' else 'call' end as way,
  count(*)::int as count, count(*) filter (where s.outcome in ('fault', 'bug'))::int as errors
from telemetry.spans s left join (select trace, span, module from telemetry.spans where kind = 'publish'
    and started >= clock_timestamp() - $1 * interval '1 s') p on s.kind = 'delivery' and p.trace = s.trace and p.span = s.parent
where s.kind in ('request', 'call', 'delivery', 'unit', 'fetch') and s.started >= clock_timestamp() - $1 * interval '1 s'
  and not (s.kind = 'request' and s.module is null)
group by 1, 2, 3 order by 4 desc`;

/** @param declared what modules declare and import, between modules */
export async function serviceMap(
  store: StoreReader,
  seconds: number,
  declared: readonly DeclaredEdge[],
): Promise<ServiceMap> {
  const { rows } = await store.query(OBSERVED, [seconds]);
  const observed = (rows as MapEdge[]).filter(({ from, to }) => from !== to);
  const key = ({ from, to, way }: DeclaredEdge) => `${from} ${to} ${way}`;
  const known = new Set(declared.map(key));
  const seen = new Set(observed.map(key));
  const between = ({ way, from }: MapEdge) =>
    (way === 'call' || way === 'event') && from !== '(outside)' && from !== '?';
  return {
    observed,
    undeclared:
      declared.length === 0 ? [] : observed.filter((edge) => between(edge) && !known.has(key(edge))),
    unused: declared.filter((edge) => !seen.has(key(edge))),
  };
}

/** The map as Mermaid draws it. */
export function asMermaid({ observed, undeclared, unused }: ServiceMap): string {
  const names = namesOf(observed, unused);
  const odd = new Set(undeclared);
  const arrow = (edge: MapEdge) => (edge.way === 'event' ? '-.->' : odd.has(edge) ? '==>' : '-->');
  return [
    'flowchart LR',
    ...[...names].map(([name, id]) => `  ${id}["${quoted(name)}"]`),
    ...observed.map(
      (edge) =>
        `  ${names.get(edge.from)} ${arrow(edge)}|${edge.count}${odd.has(edge) ? ' undeclared' : ''}| ${names.get(edge.to)}`,
    ),
    ...unused.map(({ from, to }) => `  ${names.get(from)} -.-x|unused| ${names.get(to)}`),
  ].join('\n');
}

/** The map as Graphviz draws it. */
export function asDot({ observed, undeclared, unused }: ServiceMap): string {
  const odd = new Set(undeclared);
  const edge = ({ from, to }: DeclaredEdge, label: string, style: string) =>
    `  "${quoted(from)}" -> "${quoted(to)}" [label="${label}"${style}];`;
  return [
    'digraph {',
    '  rankdir=LR;',
    ...observed.map((each) =>
      edge(
        each,
        `${each.way} ${each.count}`,
        odd.has(each) ? ', color=red' : each.way === 'event' ? ', style=dashed' : '',
      ),
    ),
    ...unused.map((each) => edge(each, `${each.way} unused`, ', color=gray')),
    '}',
  ].join('\n');
}

function namesOf(...edges: (readonly DeclaredEdge[])[]): Map<string, string> {
  const names = [...new Set(edges.flat().flatMap(({ from, to }) => [from, to]))].sort();
  return new Map(names.map((name, at) => [name, `n${at}`]));
}

function quoted(name: string): string {
  return name.replace(/["\\\n]/g, "'");
}
