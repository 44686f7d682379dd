import { WANTED } from '../telemetry/intake/normalise.js';
import { lineFaults } from '../telemetry/line-shape.js';
import type { StoreReader } from './store.js';

/** How far the lines of one app, module and team are from the common shape. */
export interface Convergence {
  readonly app: string;
  readonly module: string | null;
  readonly team: string | null;
  /** `ours`, or the form in which they were taken in. */
  readonly format: string;
  readonly lines: number;
  /** Of the fields that a line should tell, how many these did, in percent. */
  readonly percent: number;
  /** What is missing or wrong, with how many lines of it, the most first. */
  readonly missing: readonly { readonly what: string; readonly lines: number }[];
  /** A line that lacks most. */
  readonly example: Readonly<Record<string, unknown>>;
}

/** Lines that are looked at: the latest. */
const MOST = 20_000;

/** @param teams which team owns a module or an app, by its name */
export async function convergence(
  store: StoreReader,
  seconds: number,
  teams: Readonly<Record<string, string>> = {},
): Promise<readonly Convergence[]> {
  const { rows } = await store.query(
    `select o.app, l.line from telemetry.lines l join telemetry.sources o on o.id = l.source
     where l.time >= clock_timestamp() - $1 * interval '1 s' order by l.time desc limit ${MOST}`,
    [seconds],
  );
  const groups = new Map<string, Group>();
  for (const { app, line } of rows as { app: string; line: Told }[]) {
    const { intake } = line.data ?? {};
    const module = line.module ?? null;
    const team = intake?.team ?? teams[module ?? ''] ?? teams[app] ?? null;
    const format = intake?.format ?? 'ours';
    const key = JSON.stringify([app, module, team, format]);
    const group = groups.get(key) ?? {
      app,
      module,
      team,
      format,
      lines: 0,
      wanted: 0,
      told: 0,
      missing: new Map(),
      example: line,
      worst: 0,
    };
    groups.set(key, group);
    const lacks = intake
      ? WANTED.filter((name) => !intake.has.includes(name)).map((name) => `${name} is missing`)
      : lineFaults(line);
    group.lines += 1;
    group.wanted += WANTED.length;
    group.told += Math.max(0, WANTED.length - lacks.length);
    for (const what of lacks) group.missing.set(what, (group.missing.get(what) ?? 0) + 1);
    if (lacks.length > group.worst) Object.assign(group, { worst: lacks.length, example: line });
  }
  return [...groups.values()]
    .map(({ wanted, told, missing, worst: _worst, ...group }) => ({
      ...group,
      percent: Math.round((1_000 * told) / wanted) / 10,
      missing: [...missing].map(([what, lines]) => ({ what, lines })).sort((a, b) => b.lines - a.lines),
    }))
    .sort((a, b) => a.percent - b.percent || b.lines - a.lines);
}

interface Told extends Readonly<Record<string, unknown>> {
  readonly module?: string;
  readonly data?: {
    readonly intake?: { readonly team: string; readonly format: string; readonly has: readonly string[] };
  };
}

interface Group extends Omit<Convergence, 'percent' | 'missing'> {
  lines: number;
  wanted: number;
  told: number;
  worst: number;
  readonly missing: Map<string, number>;
}
