import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { startPostgres } from '#platform/embedded';
import { hasStore } from '#platform/questions';
import { settingsOf } from './settings.js';
import { CommandError, type Terminal } from './terminal.js';

/** Texts by name, as an environment has them. */
export type Texts = Readonly<Record<string, string | undefined>>;

/**
 * Works on the application's database, whether the application runs or not: the one of DATABASE_URL, or the embedded one of
 * DATA_DIR, which is started for the moment when it does not run and stopped again unless the application has come meanwhile.
 *
 * @throws CommandError when there is no database, it can't be reached, or it holds no tables of ours
 */
export async function withDatabase<T>(terminal: Terminal, work: (client: Client) => Promise<T>): Promise<T> {
  const settings = settingsOf(terminal);
  if (settings.DATABASE_URL) return connected(settings.DATABASE_URL, 'check DATABASE_URL', work);
  // Starting would make a database where none is, and a list of an empty one would look like good news.
  if (!existsSync(join(settings.DATA_DIR, 'postgres.json'))) {
    throw new CommandError(
      `There is no database in ${settings.DATA_DIR} yet: run this where the application was started (npm start), or set DATABASE_URL or DATA_DIR.`,
    );
  }
  const starting = startPostgres({ dataDir: settings.DATA_DIR, log: (line) => terminal.err(`${line}\n`) });
  const letGo = onInterrupt(async () => (await starting).stop());
  try {
    const postgres = await starting;
    try {
      return await connected(postgres.url, `see the log in ${settings.DATA_DIR}`, work);
    } finally {
      await postgres.stop();
    }
  } finally {
    letGo();
  }
}

/**
 * Works on the store of lines and spans: in the application's database, or in the one of TELEMETRY_DATABASE_URL.
 *
 * @throws CommandError when it can't be reached, or nothing was ever kept there
 */
export async function withStore<T>(terminal: Terminal, work: (client: Client) => Promise<T>): Promise<T> {
  const settings = settingsOf(terminal);
  const ask = async (client: Client) => {
    if (await hasStore(client)) return work(client);
    throw new CommandError(
      'Nothing was kept in this database yet: start the application with TELEMETRY_STORE=true, or set TELEMETRY_DATABASE_URL.',
    );
  };
  const own = settings.TELEMETRY_DATABASE_URL;
  if (!own) return withDatabase(terminal, ask);
  return connected(own, 'check TELEMETRY_DATABASE_URL', ask, async () => undefined);
}

/**
 * Works beside the application's database on the store of lines and spans, wherever that is.
 *
 * @param work is told that there is none where nothing was ever kept
 * @throws CommandError when it is in a database of its own that can't be reached
 */
export async function withStoreBeside<T>(
  terminal: Terminal,
  client: Client,
  work: (store: Client | undefined) => Promise<T>,
): Promise<T> {
  const settings = settingsOf(terminal);
  const ask = async (store: Client) => work((await hasStore(store)) ? store : undefined);
  const own = settings.TELEMETRY_DATABASE_URL;
  return own ? connected(own, 'check TELEMETRY_DATABASE_URL', ask, async () => undefined) : ask(client);
}

/** Hands over the address of the store: for who writes to it, over connections of its own. @throws CommandError as {@link withStore} */
export async function storeAddress<T>(terminal: Terminal, work: (url: string) => Promise<T>): Promise<T> {
  const settings = settingsOf(terminal);
  const url = settings.TELEMETRY_DATABASE_URL || settings.DATABASE_URL;
  if (url) return work(url);
  // The embedded one runs as long as this is connected, and says where.
  return withDatabase(terminal, (client) => work(addressOf(client)));
}

function addressOf({ user, password, host, port, database }: Client): string {
  const url = new URL(`postgres://${host}:${port}/${database}`);
  Object.assign(url, { username: user ?? '', password: password ?? '' });
  return url.href;
}

async function connected<T>(
  url: string,
  cure: string,
  work: (client: Client) => Promise<T>,
  refuse: (client: Client) => Promise<void> = refuseStrangers,
): Promise<T> {
  const client = new Client({
    connectionString: url,
    application_name: 'banyan command',
    connectionTimeoutMillis: 10_000,
  });
  client.on('error', () => undefined); // the query that is running reports it
  try {
    await client.connect();
  } catch (error) {
    throw new CommandError(`The database does not let us in (${reason(error)}): ${cure}.`, { cause: error });
  }
  try {
    await refuse(client);
    return await work(client);
  } finally {
    await client.end();
  }
}

/** A database without our tables, or a role that row level security shows only a part of them, would answer "nothing". */
async function refuseStrangers(client: Client): Promise<void> {
  const { rows } = await client.query<{ there: boolean; partial: boolean; role: string }>(
    `select d is not null as there, coalesce(row_security_active(d), false) as partial, current_user as role
     from to_regclass('banyan.deliveries') d`,
  );
  if (!rows[0]?.there) {
    throw new CommandError(
      'This database has no tables of banyan: start the application on it once, which migrates it.',
    );
  }
  if (rows[0].partial) {
    throw new CommandError(
      `Role ${rows[0].role} does not see all deliveries: use the role that owns the tables.`,
    );
  }
}

/** Ctrl-C in the middle must not leave a server behind that was started only for this command. */
function onInterrupt(cleanUp: () => Promise<void>): () => void {
  const interrupted = (signal: NodeJS.Signals) => {
    void cleanUp().finally(() => process.exit(signal === 'SIGINT' ? 130 : 143));
  };
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  return () => process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
}

/** A name with several addresses fails with one error for each, and an empty message of its own. */
function reason(error: unknown): string {
  const { message, errors } = error as { message?: string; errors?: { message: string }[] };
  return message || errors?.[0]?.message || String(error);
}
