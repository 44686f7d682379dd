/** A connection to the store: a client or a pool. */
export interface StoreReader {
  // biome-ignore lint/suspicious/noExplicitAny: each statement below says what its rows hold
  query(sql: string, parameters?: unknown[]): Promise<{ rows: any[] }>;
}

/** A span as it is kept. Times in milliseconds. */
export interface KeptSpan {
  readonly trace: string;
  readonly span: string;
  readonly parent: string | null;
  readonly kind: string;
  readonly operation: string;
  readonly module: string | null;
  /** Name of the module that asked. */
  readonly caller: string | null;
  readonly app: string;
  readonly instance: string;
  readonly version: string;
  /** Since 1970. */
  readonly at: number;
  readonly ms: number;
  readonly waitedMs: number | null;
  readonly outcome: string;
  readonly error: string | null;
  readonly event: string | null;
  readonly attempt: number | null;
  /** Trace and span that it follows without being a child. */
  readonly link: string | null;
  readonly status: number | null;
  /** The answer was a stream of events, which lasts as long as somebody listens. */
  readonly stream: boolean;
  readonly partial: boolean;
}

/** The columns of {@link KeptSpan}, from `telemetry.spans s` and `telemetry.sources o`. */
export const SPAN = `replace(s.trace::text, '-', '') as trace, encode(s.span, 'hex') as span, encode(s.parent, 'hex') as parent,
  s.kind, s.operation, s.module, s.caller, o.app, o.instance, o.version,
  (extract(epoch from s.started) * 1000)::float8 as at, s.micros::float8 / 1000 as ms,
  s.waited_micros::float8 / 1000 as "waitedMs", s.outcome, s.error, s.event::text, s.attempt,
  replace(s.link_trace::text, '-', '') || ' ' || encode(s.link_span, 'hex') as link,
  (s.details->>'status')::int as status, s.details->>'stream' is not null as stream, s.partial`;

/** A line as it is kept. */
export interface KeptLine {
  readonly time: Date;
  /** As pino numbers levels. */
  readonly level: number;
  readonly app: string;
  readonly span: string | null;
  readonly line: Readonly<Record<string, unknown>>;
}

/** The columns of {@link KeptLine}, from `telemetry.lines l` and `telemetry.sources o`. */
export const LINE = `l.time, l.level, o.app, encode(l.span, 'hex') as span, l.line`;

/** Whether there is a store in this database: without one, every question would be answered "nothing". */
export async function hasStore(store: StoreReader): Promise<boolean> {
  const { rows } = await store.query(`select to_regclass('telemetry.spans') is not null as there`);
  return rows[0]?.there === true;
}
