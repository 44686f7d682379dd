import { THRESHOLDS, type Threshold } from './levels.js';

/** Runs one statement as the app's own database user: a DataSource, a pool or a client. */
export interface Asked {
  query(sql: string, parameters?: unknown[]): Promise<unknown>;
}

/** As the setting LOG_LEVEL of each process says. */
export const USUAL = 'usual';

/** What somebody wanted of a module's lines. */
export interface WantedLevel {
  readonly module: string;
  readonly level: Threshold | typeof USUAL;
  /** Milliseconds until it ends; null: it does not end by itself. */
  readonly endsInMs: number | null;
  readonly who: string;
  readonly why: string;
  readonly at: Date;
}

/** Changes that are kept; the oldest give way. */
const KEPT = 1_000;

const LATEST = `select distinct on (module) module, level, who, why, at,
    extract(epoch from until - clock_timestamp())::float8 * 1000 as ends_in_ms
  from banyan.log_levels order by module, id desc`;

/** What is wanted now: the latest word on each module, unless it has ended or takes an earlier one back. */
export async function wantedLevels(database: Asked): Promise<readonly WantedLevel[]> {
  const rows = await rowsOf<Omit<WantedLevel, 'endsInMs'> & { ends_in_ms: number | null }>(database, LATEST);
  return rows
    .map(({ ends_in_ms, ...row }) => ({ ...row, endsInMs: ends_in_ms }))
    .filter(({ level, endsInMs }) => level !== USUAL && (endsInMs === null || endsInMs > 0))
    .filter(({ level }) => THRESHOLDS.includes(level as Threshold));
}

/**
 * Wants a level of a module's lines; every process follows within two seconds.
 *
 * @param change.forMs for how long, in milliseconds; null: until somebody changes it
 */
export async function wantLevel(
  database: Asked,
  change: Pick<WantedLevel, 'module' | 'level' | 'who' | 'why'> & { readonly forMs: number | null },
): Promise<void> {
  const { module, level, who, why, forMs } = change;
  await database.query(
    `with added as (
       insert into banyan.log_levels (module, level, who, why, until)
       values ($1, $2, $3, $4, clock_timestamp() + $5::float8 * interval '1 millisecond') returning id)
     delete from banyan.log_levels using added where log_levels.id <= added.id - ${KEPT}`,
    [module, level, who, why, forMs],
  );
}

async function rowsOf<Row>(database: Asked, sql: string): Promise<readonly Row[]> {
  const answer = (await database.query(sql)) as readonly Row[] | { readonly rows: readonly Row[] };
  return 'rows' in answer ? answer.rows : answer;
}
