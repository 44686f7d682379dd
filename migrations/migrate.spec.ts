import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { transformSync } from '@swc/core';
import { Client } from 'pg';
import { startPostgres } from '#platform/embedded';
import { EMPTY, type TestDatabase, testDatabase } from '#testing';
import { migrationsFolder } from './migrate.js';

/** Stands for an application that starts: migrates when told to, says what ran, and how it ended. */
const STARTER = `
import { migrate } from './dist/migrations/migrate.js';
console.log('ready');
for await (const _ of process.stdin) break;
try {
  await migrate({ url: process.argv[2], log: (name) => console.log('ran ' + name) });
  console.log('migrated');
} catch (error) {
  console.log(error.name + ': ' + error.message);
  process.exitCode = 1;
}
process.stdin.destroy();
`;

const folders: string[] = [];
const children: ChildProcess[] = [];
const databases: TestDatabase[] = [];

/** A release of the application: this code's migrate() and the platform's migration, with others beside it. */
function release(migrations: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'banyan-release-'));
  folders.push(root);
  const sources = migrationsFolder();
  mkdirSync(join(root, 'dist/migrations'), { recursive: true });
  mkdirSync(join(root, 'migrations'));
  writeFileSync(join(root, 'package.json'), '{"type":"module"}');
  writeFileSync(join(root, 'start.mjs'), STARTER);
  symlinkSync(join(sources, '../node_modules'), join(root, 'node_modules'));
  for (const file of ['migrate', 'sql-migration']) {
    const { code } = transformSync(readFileSync(join(sources, `${file}.ts`), 'utf8'), {
      module: { type: 'es6' },
      jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
    });
    writeFileSync(join(root, `dist/migrations/${file}.js`), code);
  }
  cpSync(join(sources, '1764000000000-platform.sql'), join(root, 'migrations/1764000000000-platform.sql'));
  for (const [file, sql] of Object.entries(migrations)) writeFileSync(join(root, 'migrations', file), sql);
  return root;
}

/** A started process, and what it has said. */
interface Start {
  readonly said: string[];
  /** Lets it migrate. */
  go(): void;
  readonly process: ChildProcess;
  /** Waits until it is gone; its exit code, null when it was killed. */
  ended(): Promise<number | null>;
}

/** Starts a release on a database, up to the moment before it migrates. */
async function start(root: string, url: string): Promise<Start> {
  const child = spawn(process.execPath, ['start.mjs', url], {
    cwd: root,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.push(child);
  const said: string[] = [];
  const lines = createInterface(child.stdout);
  lines.on('line', (line) => said.push(line));
  const exited = once(child, 'close') as Promise<[number | null]>;
  await once(lines, 'line');
  return { said, go: () => child.stdin.end('go\n'), process: child, ended: async () => (await exited)[0] };
}

async function run(root: string, url: string): Promise<{ code: number | null; said: string[] }> {
  const started = await start(root, url);
  started.go();
  return { code: await started.ended(), said: started.said };
}

async function empty(): Promise<TestDatabase> {
  const database = await testDatabase({ template: EMPTY });
  databases.push(database);
  return database;
}

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const database of databases.splice(0)) await database.drop();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const PROBE = {
  '1764000000100-probe.sql': 'create table public.probe (n int)',
  '1764000000200-fill.sql': 'insert into public.probe values (1)',
};
const RAN = ['ran platform1764000000000', 'ran probe1764000000100', 'ran fill1764000000200'];

describe('migrate', () => {
  it('runs each migration once, in order, when three processes start at the same moment', async () => {
    const [root, database] = [release(PROBE), await empty()];
    const starts = await Promise.all([1, 2, 3].map(() => start(root, database.url)));
    for (const each of starts) each.go();
    expect(await Promise.all(starts.map((each) => each.ended()))).toEqual([0, 0, 0]);
    const ran = starts.map((each) => each.said.filter((line) => line.startsWith('ran ')));
    expect(ran.sort((a, b) => a.length - b.length)).toEqual([[], [], RAN]);
    expect(await database.query('select n from probe')).toEqual([{ n: 1 }]);
  });

  it('does nothing the second time, and only what is new the third', async () => {
    const database = await empty();
    expect(await run(release(PROBE), database.url)).toEqual({ code: 0, said: ['ready', ...RAN, 'migrated'] });
    expect(await run(release(PROBE), database.url)).toEqual({ code: 0, said: ['ready', 'migrated'] });
    const newer = release({ ...PROBE, '1764000000300-more.sql': 'insert into public.probe values (2)' });
    expect(await run(newer, database.url)).toEqual({
      code: 0,
      said: ['ready', 'ran more1764000000300', 'migrated'],
    });
    expect(await database.query('select n from probe order by n')).toEqual([{ n: 1 }, { n: 2 }]);
  });

  it('goes on where a killed process stopped, and what that had half done is undone', async () => {
    const root = release({
      ...PROBE,
      '1764000000300-slow.sql':
        'insert into public.probe values (2); select pg_advisory_xact_lock(42); insert into public.probe values (3)',
    });
    const database = await empty();
    const brake = new Client({ connectionString: database.url });
    await brake.connect();
    await brake.query('select pg_advisory_lock(42)');
    const killed = await start(root, database.url);
    killed.go();
    await untilSomebodyWaits(brake);
    killed.process.kill('SIGKILL');
    expect(await killed.ended()).toBeNull();
    await brake.end(); // the lock is free again
    expect(await run(root, database.url)).toEqual({
      code: 0,
      said: ['ready', 'ran slow1764000000300', 'migrated'],
    });
    expect(await database.query('select n from probe order by n')).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
  });

  it('stops at a migration that fails, and leaves nothing of it', async () => {
    const database = await empty();
    const broken = release({
      ...PROBE,
      '1764000000300-broken.sql': 'insert into public.probe values (2); select 1/0',
    });
    const { code, said } = await run(broken, database.url);
    expect([code, said.at(-1)]).toEqual([1, expect.stringContaining('division by zero')]);
    expect(await database.query('select n from probe')).toEqual([{ n: 1 }]);
    const mended = release({ ...PROBE, '1764000000300-broken.sql': 'insert into public.probe values (3)' });
    expect((await run(mended, database.url)).said).toEqual(['ready', 'ran broken1764000000300', 'migrated']);
  });

  it('older code works on a newer schema, but refuses one with a breaking migration, in one sentence', async () => {
    const database = await empty();
    const next = { ...PROBE, '1764000000300-column.sql': 'alter table public.probe add column m int' };
    const breaking = {
      ...next,
      '1764000000400-drop.sql': '--! breaking\nalter table public.probe drop column n',
    };
    await run(release(next), database.url);
    expect(await run(release(PROBE), database.url)).toEqual({ code: 0, said: ['ready', 'migrated'] });
    await run(release(breaking), database.url);
    expect(await run(release(next), database.url)).toEqual({
      code: 1,
      said: [
        'ready',
        'SchemaError: This database has a breaking migration that this code does not know (drop1764000000400): deploy newer code.',
      ],
    });
    expect((await run(release(breaking), database.url)).code).toBe(0);
  });

  it('a role without the right gets one sentence that says which role will do', async () => {
    const database = await empty();
    await database.query(`create role migrate_spec_guest login password 'guest'`);
    try {
      const url = new URL(database.url);
      url.username = 'migrate_spec_guest';
      url.password = 'guest';
      const { code, said } = await run(release(PROBE), url.href);
      expect(code).toBe(1);
      expect(said).toEqual([
        'ready',
        expect.stringMatching(
          /^SchemaError: The database role lacks a right.*permission denied.*: use a role with CREATEROLE that owns the database\.$/,
        ),
      ]);
    } finally {
      await database.query('drop role migrate_spec_guest');
    }
  });

  it('such a role is enough: it needs no superuser', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'banyan-owner-'));
    folders.push(dataDir);
    const postgres = await startPostgres({ dataDir, durable: false });
    try {
      const admin = new Client({ connectionString: postgres.url });
      await admin.connect();
      await admin.query(`create role shop login createrole password 'shop'`);
      await admin.query('create database shop owner shop');
      await admin.end();
      const url = new URL(postgres.url);
      Object.assign(url, { username: 'shop', password: 'shop', pathname: '/shop' });
      const cart = readFileSync(join(migrationsFolder(), '1764000000200-cart.sql'), 'utf8');
      expect((await run(release({ '1764000000200-cart.sql': cart }), url.href)).said.at(-1)).toBe('migrated');
      const shop = new Client({ connectionString: url.href });
      await shop.connect();
      await shop.query(
        'begin; set local role banyan_cart; insert into cart.carts (customer_id) values (1); commit',
      );
      expect((await shop.query('select customer_id from cart.carts')).rows).toEqual([{ customer_id: 1 }]);
      await shop.end();
    } finally {
      await postgres.stop();
    }
  });
});

/** Returns when a session waits for an advisory lock that this one has. */
async function untilSomebodyWaits(client: Client): Promise<void> {
  const waiting = `select exists (select from pg_locks where locktype = 'advisory' and not granted and objid = 42
    and database = (select oid from pg_database where datname = current_database())) as yes`;
  while (!(await client.query<{ yes: boolean }>(waiting)).rows[0]?.yes);
}
