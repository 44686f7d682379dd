import { Client } from 'pg';
import { copyRows } from './copy.js';
import { LINE_COLUMNS, lineRow, SPAN_COLUMNS, spanRow } from './copy-text.js';
import type { Losses } from './losses.js';
import { HOLD_MS, type Sampling } from './sampling.js';
import { currentSegment, type StoreLimits, tendSegments } from './segments.js';
import type { Batch, Sink } from './sink.js';
import { prepareStore } from './store-schema.js';

/** Who writes, as the store's `sources` know it. */
export interface Source {
  readonly app: string;
  readonly instance: string;
  readonly version: string;
  readonly commit: string;
}

/** What the store needs to know. */
export interface StoreParts {
  readonly url: string;
  readonly source: Source;
  readonly limits: StoreLimits;
  readonly losses: Losses;
  /** Told which traces other processes keep, and asked which ones this one keeps. */
  readonly sampling?: Sampling;
}

/** How long a batch, or a look at the segments, may take before the connection is given up, in ms. */
const BATCH_WITHIN_MS = 5_000;
const TEND_EVERY_MS = 2_000;
const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 10_000;

const ENTER = `insert into telemetry.sources (app, instance, version, commit) values ($1, $2, $3, $4)
on conflict (instance) do update set seen_at = clock_timestamp() returning id`;

const SEEN = 'update telemetry.sources set seen_at = clock_timestamp() where id = $1';

const LOSSES = `insert into telemetry.losses (source, what, count, why)
select $1, what, count, why from json_to_recordset($2) as l(what text, count bigint, why text)`;

const THEIRS = `select distinct replace(trace::text, '-', '') as trace from telemetry.kept_traces
where at > clock_timestamp() - $1 * interval '1 millisecond'`;

/** What is known while the store answers. */
interface Session {
  readonly client: Client;
  source: number;
  segment: number;
  tendedAt: number;
}

/**
 * The store in Postgres, over one connection of its own. When the store is killed, stalls, or refuses, the connection is given up
 * and tried again; until then this sink is not ready. Nothing of this is ever waited for by a request.
 */
export class PostgresSink implements Sink {
  readonly name = 'the store';
  #session: Session | undefined;
  #retry: NodeJS.Timeout | undefined;
  #retryMs = FIRST_RETRY_MS;
  #connecting: Promise<void> | undefined;
  #closed = false;

  constructor(
    private readonly parts: StoreParts,
    /** Told when the store comes or goes, with a sentence for people. */
    private readonly told: (works: boolean, sentence: string) => void,
  ) {}

  /** Begins to look for the store. */
  open(): void {
    this.#connecting = this.#connect().catch((error: Error) => this.#away(error.message));
  }

  get ready(): boolean {
    return this.#session !== undefined;
  }

  async take({ spans, lines }: Batch): Promise<void> {
    const session = this.#session;
    if (!session) throw new Error('it is away');
    try {
      await within(BATCH_WITHIN_MS, session.client, async () => {
        if (performance.now() - session.tendedAt > TEND_EVERY_MS) await this.#tend(session);
        if (this.parts.sampling) await this.#agree(session, this.parts.sampling);
        const copied = [
          spans.length > 0
            ? this.#copy(session, 'spans', SPAN_COLUMNS, () => rowsOf(spans, spanRow, session.source))
            : undefined,
          lines.length > 0
            ? this.#copy(session, 'lines', LINE_COLUMNS, () => rowsOf(lines, lineRow, session.source))
            : undefined,
        ];
        await Promise.all(copied);
      });
    } catch (error) {
      if (this.#session === session) this.#away((error as Error).message);
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    await this.#connecting;
    const session = this.#session;
    this.#session = undefined;
    if (session) await within(1_000, session.client, () => session.client.end()).catch(() => undefined);
  }

  async #copy(session: Session, table: string, columns: string, rows: () => Iterable<string>): Promise<void> {
    const into = () => `telemetry.${table}_${session.segment} (${columns})`;
    try {
      await copyRows(session.client, into(), rows());
    } catch (error) {
      if ((error as { code?: string }).code !== '42P01') throw error;
      await this.#tend(session); // the segment was dropped: this process had nothing to write for long
      await copyRows(session.client, into(), rows());
    }
  }

  async #connect(): Promise<void> {
    const client = new Client({
      connectionString: this.parts.url,
      application_name: `${this.parts.source.app} telemetry`,
      // What a crash of Postgres takes of the last moment is no reason to wait for the disk.
      options: '-c synchronous_commit=off -c search_path=telemetry',
      connectionTimeoutMillis: BATCH_WITHIN_MS,
      statement_timeout: BATCH_WITHIN_MS,
      keepAlive: true,
    });
    client.on('error', (error) => this.#session?.client === client && this.#away(error.message));
    await client.connect();
    try {
      const session = await within(BATCH_WITHIN_MS, client, async () => {
        await prepareStore(client);
        const begun = { client, source: 0, segment: 0, tendedAt: 0 };
        await this.#tend(begun);
        return begun;
      });
      if (this.#closed) return void (await client.end());
      this.#session = session;
      this.#retryMs = FIRST_RETRY_MS;
      this.told(true, 'Lines and spans are kept in the store');
    } catch (error) {
      await client.end().catch(() => undefined);
      throw error;
    }
  }

  /** Tells the other processes which traces are kept here beyond the chosen ones, and learns theirs. */
  async #agree({ client }: Session, sampling: Sampling): Promise<void> {
    const mine = sampling.takeAnnouncements();
    if (mine.length > 0) {
      await client.query('insert into telemetry.kept_traces (trace) select unnest($1::uuid[])', [mine]);
    }
    const { rows } = await client.query<{ trace: string }>(THEIRS, [HOLD_MS]);
    sampling.learn(rows.map(({ trace }) => trace));
  }

  /** Segments, the sign of life, and what was lost meanwhile. */
  async #tend(session: Session): Promise<void> {
    const { client } = session;
    const { rowCount } = await client.query(SEEN, [session.source]);
    if (rowCount === 0) session.source = await this.#enter(client); // new, or had nothing to write for days
    await tendSegments(client, this.parts.limits);
    const segment = await currentSegment(client);
    if (segment === undefined) throw new Error('it has no segment to write to yet');
    session.segment = segment;
    session.tendedAt = performance.now();
    const losses = this.parts.losses.takeUnkept();
    if (losses.length > 0) await client.query(LOSSES, [session.source, JSON.stringify(losses)]);
  }

  async #enter(client: Client): Promise<number> {
    const { app, instance, version, commit } = this.parts.source;
    const { rows } = await client.query<{ id: number }>(ENTER, [app, instance, version, commit]);
    return Number(rows[0]?.id);
  }

  #away(why: string): void {
    const session = this.#session;
    this.#session = undefined;
    if (session) destroy(session.client);
    if (this.#closed) return;
    this.told(
      false,
      `Lines and spans are not kept, since the store does not answer (${why}); it is tried again`,
    );
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.open(), this.#retryMs).unref();
    this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
  }
}

function* rowsOf<T>(all: readonly T[], row: (one: T, source: number) => string, source: number) {
  for (const one of all) yield row(one, source);
}

/** Does `work` on a connection, which is cut when that takes too long: a stalled server answers to nothing else. */
async function within<T>(ms: number, client: Client, work: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer within ${ms} ms`));
      destroy(client);
    }, ms);
  });
  try {
    return await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
  }
}

function destroy(client: Client): void {
  (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
}
