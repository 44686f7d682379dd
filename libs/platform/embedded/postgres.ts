import { randomBytes } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { findBinaries } from './binaries.js';
import {
  type Cluster,
  CURE,
  endPostmaster,
  findPostmaster,
  isMade,
  launch,
  makeCluster,
  OWNER,
} from './cluster.js';
import {
  makeHome,
  makeShelter,
  openDataDir,
  recall,
  remember,
  type ServerFacts,
  serverUser,
} from './home.js';
import { alone, occupancyOf } from './occupancy.js';
import { freePort } from './ports.js';
import { waitUntil } from './wait-until.js';

/** A running embedded Postgres that this process uses. */
export interface RunningPostgres {
  /** Address of the database `banyan` as its owner, with the password. */
  readonly url: string;
  /** Whether this call started the server; false when a running one was found. */
  readonly owned: boolean;
  /**
   * Leaves the server, and stops it unless another living process uses it. Bounded: after `within` milliseconds (default 5000) of
   * an orderly shutdown it is stopped without flushing, which loses nothing that was committed.
   */
  stop(within?: number): Promise<void>;
}

/** How to start an embedded Postgres. */
export interface PostgresOptions {
  /** The folder that holds everything; it is made when it does not exist. */
  readonly dataDir: string;
  /** False gives up durability for speed (no fsync): for tests only. Default true. */
  readonly durable?: boolean;
  /** Hears one line per step that takes time or needs to be known. */
  readonly log?: (line: string) => void;
}

/** Settings of every start. Once a logical slot exists, Postgres refuses to start with a lower wal_level. */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  // No unix socket: its path may have 107 bytes at most, and nothing is left behind in /tmp.
  unix_socket_directories: '',
  wal_level: 'logical',
  max_connections: '300',
  max_replication_slots: '20',
  shared_buffers: '192MB',
  // The folder is bounded: what checkpoints leave of the log of changes, and what a slot that nobody reads any more holds of it.
  max_wal_size: '1GB',
  max_slot_wal_keep_size: '2GB',
  // So is the server's own log. Statements and rows, which may be about people, stay out of it: whoever sent them logs what failed.
  log_checkpoints: 'off',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  timezone: 'UTC',
  log_timezone: 'UTC',
};

/** What a crash of the machine may destroy. synchronous_commit stays on: a killed server must not lose what it has acknowledged. */
const NOT_DURABLE: Readonly<Record<string, string>> = {
  fsync: 'off',
  full_page_writes: 'off',
  shared_buffers: '128MB',
};

/**
 * Starts the Postgres of a data folder, or finds it running, and makes it the first time.
 *
 * @throws Error that ends with what to do, and carries the end of the server's log when the server refused.
 */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  const log = options.log ?? (() => undefined);
  const dataDir = await openDataDir(options.dataDir);
  const occupancy = occupancyOf(dataDir);
  return alone(dataDir, async () => {
    await occupancy.enter();
    try {
      const found = await lookFor(dataDir);
      const { facts, folder } = found ?? (await start(dataDir, options.durable ?? true, log));
      const stop = once(async (within: number) =>
        alone(dataDir, async () => {
          if (await occupancy.leave()) await endPostmaster(folder, within);
        }),
      );
      return { url: address(facts), owned: found === undefined, stop: (within = 5_000) => stop(within) };
    } catch (error) {
      await occupancy.leave();
      throw error;
    }
  });
}

/** The address of the running embedded Postgres of a data folder; undefined when none runs. Starts nothing, writes nothing. */
export async function findPostgres(dataDir: string): Promise<string | undefined> {
  const real = await realpath(dataDir).catch(() => undefined);
  const found = real && (await lookFor(real));
  return found ? address(found.facts) : undefined;
}

/** Finds the server running, waiting for one that is just coming up. */
async function lookFor(dataDir: string): Promise<{ facts: ServerFacts; folder: string } | undefined> {
  const facts = await recall(dataDir);
  if (!facts) return undefined;
  const folder = join(facts.home, 'cluster');
  const server = await waitUntil(async () => {
    const seen = await findPostmaster(folder);
    return seen === undefined ? 'none' : seen.ready && seen;
  }, 60_000);
  if (server === undefined)
    throw new Error(`Postgres in ${folder} has been starting for a minute: see ${facts.home}/postgres.log.`);
  return server === 'none' ? undefined : { facts: { ...facts, port: server.port }, folder };
}

async function start(
  dataDir: string,
  durable: boolean,
  log: (line: string) => void,
): Promise<{ facts: ServerFacts; folder: string }> {
  const known = await recall(dataDir);
  const user = await serverUser(join(known?.home ?? join(dataDir, 'postgres'), 'cluster'));
  const home = known?.home ?? (await makeHome(dataDir, user));
  if (!home.startsWith(dataDir)) log(`Postgres keeps its data in ${home}: its user may not enter ${dataDir}`);
  const folder = join(home, 'cluster');
  const binaries = await findBinaries(user, () => makeShelter(user));
  const cluster: Cluster = { folder, log: join(home, 'postgres.log'), user, binaries };
  let facts = known ?? { home, port: 0, password: randomBytes(18).toString('base64url') };
  if (!(await isMade(folder))) {
    log(`making a Postgres in ${home}`);
    await remember(dataDir, facts);
    await makeCluster(cluster, facts.password, durable);
  } else if (!known) {
    throw new Error(
      `${folder} holds a database, but its password (${dataDir}/postgres.json) is missing: restore it or ${elsewhere}`,
    );
  }
  facts = await launchSomewhere(cluster, facts, durable);
  await remember(dataDir, facts);
  await makeDatabase(facts);
  log(`Postgres listens on 127.0.0.1:${facts.port}`);
  return { facts, folder };
}

const elsewhere = 'choose another DATA_DIR.';

/** Starts the server on its old port or a new one, and gives what a killed server left behind ten seconds to vanish. */
async function launchSomewhere(cluster: Cluster, facts: ServerFacts, durable: boolean): Promise<ServerFacts> {
  const settings = durable ? SETTINGS : { ...SETTINGS, ...NOT_DURABLE };
  const giveUp = Date.now() + 10_000;
  let port = await freePort(facts.port);
  for (;;) {
    const refused = await launch(cluster, port, settings);
    if (!refused) return { ...facts, port };
    if (refused.failure === 'other' || Date.now() > giveUp) {
      throw new Error(`Postgres did not start (log: ${cluster.log}):\n${refused.words}\n${CURE}`);
    }
    if (refused.failure === 'port-taken') port = await freePort();
  }
}

/** Makes the database of the application the first time; again after a first start that was cut off before it. */
async function makeDatabase(facts: ServerFacts): Promise<void> {
  const client = new Client({
    connectionString: address(facts, 'postgres'),
    application_name: 'banyan embedded',
  });
  await client.connect();
  try {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [OWNER]);
    if (rowCount === 0) await client.query(`create database ${OWNER}`);
  } finally {
    await client.end();
  }
}

function address(facts: ServerFacts, database: string = OWNER): string {
  return `postgres://${OWNER}:${facts.password}@127.0.0.1:${facts.port}/${database}`;
}

function once(work: (within: number) => Promise<void>): (within: number) => Promise<void> {
  let running: Promise<void> | undefined;
  return (within) => {
    running ??= work(within);
    return running;
  };
}
