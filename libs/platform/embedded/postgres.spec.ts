import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { findPostgres, type RunningPostgres, startPostgres } from './index.js';
import { exists } from './processes.js';
import { makeProject, type PostgresUser, usePostgres } from './project.fixture.js';
import { waitUntil } from './wait-until.js';

const ROOT = process.getuid?.() === 0;
/** An open folder for everything; the system's folder for temporary files is open to all. */
let world: string;
const running: { stop(): Promise<void> }[] = [];

beforeAll(() => {
  world = mkdtempSync(join(tmpdir(), 'banyan-embedded-'));
  chmodSync(world, 0o755);
  makeProject(join(world, 'project'));
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((each) => each.stop()));
});
afterAll(() => rmSync(world, { recursive: true, force: true }));

const start = async (dataDir: string, log?: (line: string) => void): Promise<RunningPostgres> => {
  const postgres = await startPostgres({ dataDir, durable: false, ...(log ? { log } : {}) });
  running.push(postgres);
  return postgres;
};
const use = async (project: string, dataDir: string, uid?: number): Promise<PostgresUser> => {
  const user = await usePostgres(project, dataDir, uid);
  running.push({ stop: () => user.leave() });
  return user;
};
const ask = async (url: string, sql: string): Promise<Record<string, unknown>[]> => {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
};
const facts = (dataDir: string) =>
  JSON.parse(readFileSync(join(dataDir, 'postgres.json'), 'utf8')) as {
    home: string;
    port: number;
    password: string;
  };
const postmaster = (dataDir: string) =>
  Number(readFileSync(join(facts(dataDir).home, 'cluster', 'postmaster.pid'), 'utf8').split('\n')[0]);

describe('one data folder', () => {
  const dataDir = () => join(world, 'data');

  it('gets a server with UTF-8, C.UTF-8, logical WAL and a secret that only its owner reads', async () => {
    const lines: string[] = [];
    const postgres = await start(dataDir(), (line) => lines.push(line));
    expect(postgres.owned).toBe(true);
    expect(lines.join('\n')).toMatch(/making a Postgres in .*\nPostgres listens on 127\.0\.0\.1:\d+/);
    const settings = `select current_setting('wal_level') as wal, current_setting('max_connections') as most, current_user as who,
      current_setting('listen_addresses') as listens, pg_encoding_to_char(encoding) as encoding, datcollate as collation
      from pg_database where datname = current_database()`;
    expect(await ask(postgres.url, settings)).toEqual([
      {
        wal: 'logical',
        most: '300',
        who: 'banyan',
        listens: '127.0.0.1',
        encoding: 'UTF8',
        collation: 'C.UTF-8',
      },
    ]);
    expect(statSync(join(dataDir(), 'postgres.json')).mode & 0o777).toBe(0o600);
    const stranger = new URL(postgres.url);
    stranger.password = 'guessed';
    await expect(ask(stranger.href, 'select 1')).rejects.toThrow('password authentication failed');
  });

  it('keeps its data and its port for the next start, and is not found between the two', async () => {
    const first = await start(dataDir());
    await ask(first.url, 'create table kept as select 42 as answer');
    await first.stop();
    const log = join(facts(dataDir()).home, 'postgres.log');
    writeFileSync(log, 'x'.repeat(9 * 1024 * 1024));
    expect(await findPostgres(dataDir())).toBeUndefined();
    const second = await start(dataDir());
    expect([second.url, second.owned]).toEqual([first.url, true]);
    expect(await findPostgres(dataDir())).toBe(second.url);
    expect(await ask(second.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
    // A long log makes room, and statements do not stand in the new one.
    await expect(ask(second.url, `select 1 / (length('Ada Lovelace') - 12)`)).rejects.toThrow('division');
    expect(statSync(`${log}.before`).size).toBe(9 * 1024 * 1024);
    const said = readFileSync(log, 'utf8');
    expect(said).toContain('division by zero');
    expect(said).not.toContain('length(');
  });

  it('takes another port when its old one is taken', async () => {
    await (await start(dataDir())).stop();
    const { port } = facts(dataDir());
    const thief = createServer();
    await new Promise<void>((resolve) => thief.listen(port, '127.0.0.1', resolve));
    const postgres = await start(dataDir());
    expect(new URL(postgres.url).port).not.toBe(String(port));
    expect(await ask(postgres.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
    await new Promise((resolve) => thief.close(resolve));
  });

  it('is started once when several ask at the same moment', async () => {
    const all = await Promise.all([1, 2, 3].map(() => start(dataDir())));
    expect(all.filter((each) => each.owned)).toHaveLength(1);
    expect(new Set(all.map((each) => each.url)).size).toBe(1);
  });

  it('keeps its server until the last process that uses it has left', async () => {
    const command = await start(dataDir());
    const application = await use(join(world, 'project'), dataDir());
    expect([application.owned, application.url]).toEqual([false, command.url]);
    await command.stop();
    expect(await ask(application.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await application.leave();
    expect(await findPostgres(dataDir())).toBeUndefined();
  });

  it('outlives kill -9 of its application: the next start finds it running, and stops it in the end', async () => {
    const killed = await use(join(world, 'project'), dataDir());
    await killed.kill();
    const next = await start(dataDir());
    expect([next.owned, next.url]).toEqual([false, killed.url]);
    const pid = postmaster(dataDir());
    await next.stop();
    expect(await waitUntil(() => !exists(pid), 5_000)).toBe(true);
  });

  it('starts again after kill -9 of the server itself, with what was committed', async () => {
    const postgres = await start(dataDir());
    await ask(postgres.url, 'checkpoint');
    await ask(postgres.url, 'create table committed as select 7 as seven');
    process.kill(postmaster(dataDir()), 'SIGKILL');
    await waitUntil(async () => (await findPostgres(dataDir())) === undefined, 5_000);
    const next = await start(dataDir());
    expect(next.owned).toBe(true);
    expect(await ask(next.url, 'select seven from committed')).toEqual([{ seven: 7 }]);
  });

  it('starts although its old process number belongs to somebody else by now', async () => {
    await (await start(dataDir())).stop();
    const { home } = facts(dataDir());
    const lines = [process.pid, join(home, 'cluster'), 1, 5432, '', '127.0.0.1', '', 'ready'];
    writeFileSync(join(home, 'cluster', 'postmaster.pid'), `${lines.join('\n')}\n`);
    expect(await findPostgres(dataDir())).toBeUndefined();
    expect((await start(dataDir())).owned).toBe(true);
  });

  it('that refuses to start says why, in the words of the server, and what to do', async () => {
    await (await start(dataDir())).stop();
    const configuration = join(facts(dataDir()).home, 'cluster', 'postgresql.auto.conf');
    const before = readFileSync(configuration);
    writeFileSync(configuration, "work_mem = 'plenty'\n");
    await expect(start(dataDir())).rejects.toThrow(/did not start.*work_mem.*or set DATABASE_URL/s);
    expect(await findPostgres(dataDir())).toBeUndefined();
    writeFileSync(configuration, before);
    expect((await start(dataDir())).owned).toBe(true);
  });

  it('whose secret is lost is left alone, and the message says what to do', async () => {
    const postgres = await start(dataDir());
    await postgres.stop();
    const secret = readFileSync(join(dataDir(), 'postgres.json'));
    rmSync(join(dataDir(), 'postgres.json'));
    await expect(start(dataDir())).rejects.toThrow(
      /postgres\.json\) is missing: restore it or choose another DATA_DIR/,
    );
    writeFileSync(join(dataDir(), 'postgres.json'), secret, { mode: 0o600 });
  });

  it('of which nothing exists is not made by looking for it', async () => {
    expect(await findPostgres(join(world, 'nowhere'))).toBeUndefined();
    expect(existsSync(join(world, 'nowhere'))).toBe(false);
  });
});

describe('whoever starts it', () => {
  it('an ordinary user runs the server as itself, out of sight of others', async () => {
    const dataDir = mkdtempSync(join(world, 'home-')); // mode 0700
    if (ROOT) chownSync(dataDir, 65534, 65534);
    const user = await use(join(world, 'project'), dataDir, ROOT ? 65534 : undefined);
    expect(user.error).toBeUndefined();
    const owner = ROOT ? 65534 : process.getuid?.();
    expect(statSync(join(dataDir, 'postgres', 'cluster')).uid).toBe(owner);
    expect(await ask(user.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('a user without a name is told to get one, where only root could try', async () => {
    if (!ROOT) return expect((await start(join(world, 'named'))).owned).toBe(true); // every other test ran as a named user
    const dataDir = mkdtempSync(join(world, 'nameless-'));
    chownSync(dataDir, 54321, 54321);
    const user = await usePostgres(join(world, 'project'), dataDir, 54321);
    expect(user.error).toMatch(
      /could not look up effective user ID 54321.*Start as a user that is listed in \/etc\/passwd/s,
    );
  });

  it('finds a place for server and data where the whole path is closed to others', async () => {
    const closed = join(world, 'closed');
    mkdirSync(closed, { mode: 0o700 });
    makeProject(join(closed, 'project'));
    const dataDir = join(closed, 'project', '.banyan');
    const first = await use(join(closed, 'project'), dataDir);
    expect(first.error).toBeUndefined();
    const { home } = facts(dataDir);
    // Root's server runs as nobody, who may not pass; an ordinary user's own server may.
    expect(home.startsWith(closed)).toBe(!ROOT);
    expect(first.lines.some((line) => line.includes('may not enter'))).toBe(ROOT);
    await ask(first.url, 'create table kept as select 42 as answer');
    await first.leave();
    const second = await use(join(closed, 'project'), dataDir);
    expect(await ask(second.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
    await second.leave();
    rmSync(home, { recursive: true });
  });

  it('is told when the data folder cannot be made', async () => {
    writeFileSync(join(world, 'file'), '');
    await expect(start(join(world, 'file', 'data'))).rejects.toThrow(
      /Cannot make the data folder.*Set DATA_DIR/,
    );
  });
});
