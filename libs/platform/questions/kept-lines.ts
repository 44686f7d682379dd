import { type KeptLine, LINE, type StoreReader } from './store.js';

/** Which lines are wanted. */
export interface LineFilter {
  /** 32 hex digits. */
  readonly trace?: string;
  readonly module?: string;
  readonly app?: string;
  /** The lowest level, as pino numbers them. */
  readonly level?: number;
  /** A part of the line, in whatever case. */
  readonly text?: string;
  readonly since?: Date;
  readonly until?: Date;
  readonly limit: number;
}

/** Lines that fit, the latest `limit` of them, the oldest first; `place` tells two alike apart. */
export async function keptLines(
  store: StoreReader,
  filter: LineFilter,
): Promise<readonly (KeptLine & { readonly place: string })[]> {
  const parameters: unknown[] = [];
  const where: string[] = [];
  const demand = (sql: (at: string) => string, value: unknown) => {
    if (value === undefined) return;
    parameters.push(value);
    where.push(sql(`$${parameters.length}`));
  };
  demand((at) => `l.trace = ${at}::uuid`, filter.trace);
  demand((at) => `l.module = ${at}`, filter.module);
  demand((at) => `o.app = ${at}`, filter.app);
  demand((at) => `l.level >= ${at}`, filter.level);
  demand((at) => `l.time >= ${at}`, filter.since);
  demand((at) => `l.time < ${at}`, filter.until);
  demand((at) => `position(lower(${at}) in lower(l.line::text)) > 0`, filter.text);
  parameters.push(filter.limit);
  const { rows } = await store.query(
    `select ${LINE}, l.tableoid::text || l.ctid::text as place from telemetry.lines l join telemetry.sources o on o.id = l.source
     ${where.length > 0 ? `where ${where.join(' and ')}` : ''} order by l.time desc limit $${parameters.length}`,
    parameters,
  );
  return rows.reverse();
}
