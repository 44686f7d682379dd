import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { Fault } from '../../seam/fault.js';
import type { PlatformLog } from '../../telemetry/platform-log.js';
import type { Identity } from '../bury.js';
import { type Lane, laneName } from '../listener.js';
import type { ClaimedRow } from '../sql/claim.js';
import { within } from '../within.js';

/** A lane that has been quiet for this long is not in work any more, in milliseconds. */
const QUIET_MS = 5_000;
const LOOK_EVERY_MS = 1_000;

/** Longest wait for the connection to come back before a lane is left for later, in milliseconds. */
const PATIENCE_MS = 5_000;

// Held as long as the process lives: the server lets go of it in the moment in which the process is gone, however it went.
const LIVE = `select pg_try_advisory_lock(hashtext('instance'), hashtext($1)) as lives`;
const MARK = `insert into banyan.in_work (listener, partition, instance, app) values ($1, $2, $3, $4) on conflict do nothing`;
const UNMARK = `delete from banyan.in_work where instance = $1
  and (listener, partition) in (select * from unnest($2::text[], $3::smallint[]))`;
const ALONE = `update banyan.in_work set event_id = $4, attempts = $5, since = clock_timestamp()
  where listener = $1 and partition = $2 and instance = $3`;
const LEAVE = 'delete from banyan.in_work where instance = $1';
// What a process left whose lanes nobody has looked into since: nothing waits there, so nobody has to know.
const TIDY = `delete from banyan.in_work w where since < clock_timestamp() - interval '1 hour'
  and not exists (select from banyan.instances i where i.id = w.instance)
  and not exists (select from banyan.deliveries d where d.listener = w.listener and d.partition = w.partition and d.state = 'pending')`;

/** Longest wait for the connection when the process stops, in milliseconds. */
const LAST_PATIENCE_MS = 1_000;

/** A lane that this process works in, or has worked in lately. */
interface Mark {
  readonly lane: Lane;
  busy: number;
  quietSince: number;
  /** While it is being written. */
  written?: Promise<void>;
}

/**
 * Keeps in Postgres which lanes this process works in, for those who come after its death. It costs the happy path next to nothing: a
 * lane is marked once for as long as it keeps being worked in, while its first deliveries are being claimed, on a connection of its own.
 */
export class InWork {
  private readonly marked = new Map<string, Mark>();
  private client: Client | undefined;
  private opening: Promise<Client> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(
    private readonly url: string,
    private readonly identity: Identity,
    private readonly log: PlatformLog,
  ) {}

  /** Opens its connection; from now on others can tell whether this process lives. */
  async start(): Promise<void> {
    const client = await this.connect();
    await client.query(TIDY);
    this.timer = setInterval(() => this.forgetQuiet(), LOOK_EVERY_MS);
  }

  /**
   * Notes that work in a lane begins. Nothing may be handled before the promise has resolved.
   *
   * @returns undefined when it is known already
   */
  enter(lane: Lane): Promise<void> | undefined {
    const known = this.marked.get(laneName(lane));
    if (known) {
      known.busy += 1;
      return known.written; // whoever wrote it may have left since, without waiting for it
    }
    const entry: Mark = { lane, busy: 1, quietSince: 0 };
    this.marked.set(laneName(lane), entry);
    const { instance, app } = this.identity;
    entry.written = this.write(MARK, [lane.listener, lane.partition, instance, app]);
    entry.written.then(
      () => delete entry.written,
      () => this.marked.get(laneName(lane)) === entry && this.marked.delete(laneName(lane)),
    );
    return entry.written;
  }

  /** Notes that work in a lane has ended. */
  leave(lane: Lane): void {
    const known = this.marked.get(laneName(lane));
    if (!known) return;
    known.busy -= 1;
    known.quietSince = performance.now();
  }

  /** Notes that nothing but this delivery is in work in this process. */
  alone(lane: Lane, row: ClaimedRow): Promise<void> {
    const { instance } = this.identity;
    return this.write(ALONE, [lane.listener, lane.partition, instance, row.event_id, row.attempts]);
  }

  /** Notes that it has ended; not waited for, since what is settled convicts nobody. */
  notAlone(lane: Lane): void {
    const { instance } = this.identity;
    this.write(ALONE, [lane.listener, lane.partition, instance, null, null]).catch(() => undefined);
  }

  /** Takes all marks away: what is not finished now was left, and did not end the process. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    const { client } = this;
    try {
      if (!client && this.marked.size > 0) throw unreached();
      await client?.query(LEAVE, [this.identity.instance]);
    } catch (error) {
      const sentence =
        'The marks of what was in work stay: the next process works its lanes with care for a while';
      this.log.warn(sentence, { error });
    }
    await within(LAST_PATIENCE_MS, Promise.resolve(client?.end()));
  }

  private async write(sql: string, parameters: unknown[]): Promise<void> {
    const client = this.client ?? (await Promise.race([this.opening, late()]));
    if (!client) throw unreached();
    await client.query(sql, parameters);
  }

  /** Those that have been quiet for a while, in one statement; who enters meanwhile writes behind it. */
  private forgetQuiet(): void {
    const before = performance.now() - QUIET_MS;
    const quiet = [...this.marked.values()].filter(
      ({ busy, quietSince }) => busy === 0 && quietSince < before,
    );
    if (quiet.length === 0) return;
    for (const { lane } of quiet) this.marked.delete(laneName(lane));
    const lanes = [quiet.map(({ lane }) => lane.listener), quiet.map(({ lane }) => lane.partition)];
    this.write(UNMARK, [this.identity.instance, ...lanes]).catch(() => undefined); // a mark too many does no harm
  }

  private async connect(): Promise<Client> {
    const client = new Client({
      connectionString: this.url,
      application_name: `${this.identity.app} life`,
      keepAlive: true,
      pipeline: true,
      connectionTimeoutMillis: 5_000,
      statement_timeout: 5_000,
      query_timeout: 7_000,
      // A mark has to survive this process, not the server.
      options: '-c synchronous_commit=off',
    });
    client.on('error', () => undefined); // `end` follows, and opens another
    await client.connect();
    if (this.stopped) {
      await client.end();
      throw unreached();
    }
    client.once('end', () => this.reopen());
    this.client = client;
    void this.live(client);
    return client;
  }

  /** The lock of a connection that got lost may be held for a moment still, which shows others just as well that this process lives. */
  private async live(client: Client): Promise<void> {
    while (!this.stopped) {
      try {
        const { rows } = await client.query<{ lives: boolean }>(LIVE, [this.identity.instance]);
        if (rows[0]?.lives) return;
        await pause(200);
      } catch {
        return; // the connection is lost; the next one tries again
      }
    }
  }

  private reopen(): void {
    this.client = undefined;
    if (this.stopped) return;
    this.opening = this.tryOn();
    this.opening.catch(() => undefined); // whoever waits for it hears of it
  }

  private async tryOn(): Promise<Client> {
    for (let waitMs = 50; ; waitMs = Math.min(waitMs * 2, 2_000)) {
      if (this.stopped) throw unreached();
      try {
        return await this.connect();
      } catch {
        await pause(waitMs);
      }
    }
  }
}

async function late(): Promise<never> {
  await pause(PATIENCE_MS, undefined, { ref: false });
  throw unreached();
}

function unreached(): Fault {
  return new Fault('What is in work could not be noted: Postgres is not reached.', { acted: 'no' });
}
