import { once } from 'node:events';
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { findPostgres } from '#platform/embedded';
import { type TestDatabase, testDatabase, testRedis } from '#testing';
import {
  buildIfOlder,
  freePort,
  leftRunning,
  repositoryFor,
  runStart,
  type StartedShop,
  startShop,
  until,
} from './started-shop.fixture.js';

const ROOT = process.getuid?.() === 0;
const NOBODY = 65534;
let world: string;

beforeAll(() => {
  buildIfOlder();
  world = mkdtempSync(join(tmpdir(), 'banyan-start-'));
  chmodSync(world, 0o755);
});
afterAll(() => rmSync(world, { recursive: true, force: true }));

/** A folder that everybody may enter: root's Postgres runs as nobody, and would keep its data in /var/lib otherwise. */
const folderIn = (parent: string, prefix: string): string => {
  const folder = mkdtempSync(join(parent, prefix));
  chmodSync(folder, 0o755);
  return folder;
};
const status = async (url: string) => (await fetch(url)).status;
const instanceOf = async (folder: string, app: string): Promise<number> => {
  const client = new Client({ connectionString: await findPostgres(join(folder, 'data')) });
  await client.connect();
  const { rows } = await client.query<{ id: string }>(
    'select id from banyan.instances where app = $1 order by started_at desc limit 1',
    [app],
  );
  await client.end();
  return Number(rows[0]?.id.split('-').at(-2));
};
const stop = async (shop: StartedShop, folder: string) => {
  shop.signal('SIGINT');
  const { code, ms } = await shop.ended();
  expect({ code, left: leftRunning(folder) }).toEqual({ code: 0, left: [] });
  expect(ms).toBeLessThan(10_000);
  expect(shop.said()).not.toMatch(/Not everything stopped|\n\s+at /);
};

describe('npm start in one folder', () => {
  let folder: string;
  let port: string;
  let shop: StartedShop;
  const settings = () => ({ PORT: port });
  beforeAll(async () => {
    folder = folderIn(world, 'shop-');
    port = String(await freePort());
  });
  afterEach(async () => {
    if (shop.process.exitCode === null && shop.process.signalCode === null) await stop(shop, folder);
  });

  it('ends with a panel, serves what that names, and a Ctrl-C leaves nothing running within 10 s', async () => {
    shop = await startShop({ folder, settings: settings() });
    for (const words of [
      `${shop.url}/docs`,
      'one process',
      'BullMQ on',
      'Postgres',
      'Ctrl-C',
      'npx banyan move',
    ])
      expect(shop.said()).toContain(words);
    for (const path of ['/', '/dashboard', '/docs-json', '/health/ready', '/seller/1', '/product/1/1'])
      expect(`${path} ${await status(shop.url + path)}`).toBe(`${path} 200`);
    expect(leftRunning(folder).join('\n')).toMatch(/apps\/marketplace\/main\.js/); // else finding nothing proves nothing
    const row = {
      id: 77,
      name: 'Kept',
      company_name: 'x',
      email: 'x@y.example',
      phone: '1',
      mobile_phone: '1',
      cpf: '1',
    };
    const kept = { ...row, cnpj: '1', address: 'a', complement: '', city: 'c', state: 's', zip_code: 'z' };
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${shop.url}/seller`, { method: 'POST', headers, body: JSON.stringify(kept) });
    expect(answer.status).toBe(201);
    const stream = await fetch(`${shop.url}/marks`); // has no end of its own
    await stop(shop, folder);
    await stream.text().catch(() => 'cut');
  });

  it('finds its data again, loads no demo data twice, and lets no second one start beside it', async () => {
    shop = await startShop({ folder, settings: settings() });
    expect(await status(`${shop.url}/seller/77`)).toBe(200);
    expect(shop.said()).not.toContain('Loading the demo data');
    const second = runStart({ folder, settings: settings() });
    expect(await second.ended()).toMatchObject({ code: 1 });
    expect(second.said()).toContain(`Port ${port} is taken`);
    expect(await status(`${shop.url}/health/ready`)).toBe(200);
  });

  it.each(['Starting the embedded Postgres', 'Bringing the database', 'Starting marketplace'])(
    'stopped by Ctrl-C at "%s" leaves nothing running either, and no complaint',
    async (step) => {
      shop = runStart({ folder, settings: settings() });
      await shop.says(new RegExp(`· ${step}`));
      await stop(shop, folder);
      expect(shop.said()).not.toMatch(/cannot start|Error|terminat/);
    },
  );

  it('starts again after kill -9 of the command: its apps end by themselves, its Postgres is taken over', async () => {
    const killed = await startShop({ folder, settings: settings() });
    killed.signal('SIGKILL');
    await killed.ended();
    shop = await startShop({ folder, settings: settings() }); // at once, on the same port
    expect(await status(`${shop.url}/seller/77`)).toBe(200);
    const apps = () => leftRunning(folder).filter((line) => line.includes('apps/marketplace'));
    await until(
      () => apps().length === 1,
      10_000,
      () => apps().join('\n'),
    );
    // And an app that is killed is said, taken out of the registry, and started again.
    const pid = await instanceOf(folder, 'marketplace');
    process.kill(pid, 'SIGKILL');
    await shop.says(/marketplace has died \(SIGKILL\); starting it again in \d/);
    await until(
      () =>
        status(`${shop.url}/seller/77`).then(
          (code) => code === 200,
          () => false,
        ),
      20_000,
      shop.said,
    );
    expect(await instanceOf(folder, 'marketplace')).not.toBe(pid);
  });

  it('keeps a module where it was moved to, over a restart, and starts its app', async () => {
    shop = await startShop({ folder, settings: settings() });
    const url = await findPostgres(join(folder, 'data'));
    const client = new Client({ connectionString: url });
    await client.connect();
    await client.query(`insert into banyan.wanted_apps (app, wanted, who) values ('customer', true, 'test')`);
    await shop.says(/Starting customer, which somebody wants/);
    await client.query(
      `insert into banyan.route_changes (module, app, who, why) values ('customer', 'customer', 'test', 'test');
       insert into banyan.routes (module, app, version, who, why)
       select module, app, id, who, why from banyan.route_changes order by id desc limit 1`,
    );
    await client.end();
    await stop(shop, folder);
    shop = await startShop({ folder, settings: settings() });
    expect(shop.said()).toMatch(/app customer\s+customer\n/);
    expect(await status(`${shop.url}/customer/1`)).toBe(200);
    expect(await instanceOf(folder, 'customer')).toBeGreaterThan(0);
  });
});

describe('npm start as an ordinary user', () => {
  it('works in a folder of its own, and leaves nothing running', async () => {
    const folder = mkdtempSync(join(world, 'ordinary-'));
    if (ROOT) chownSync(folder, NOBODY, NOBODY);
    const uid = ROOT ? NOBODY : undefined;
    const root = uid && repositoryFor(uid, mkdtempSync(join(world, 'copy-')));
    const shop = await startShop({ folder, ...(uid && { uid, root }) });
    expect(await status(`${shop.url}/health/ready`)).toBe(200);
    await stop(shop, folder);
  });
});

describe('what prevents a start is one sentence that says how to mend it', () => {
  let database: TestDatabase;
  let folder: string;
  beforeAll(async () => {
    database = await testDatabase();
  });
  beforeEach(() => {
    folder = folderIn(world, 'refused-');
  });
  afterAll(() => database.drop());

  /** Starts in vain. @returns what was said, without the lines of progress */
  async function refusal(
    settings: Record<string, string>,
    words: readonly string[] = [],
    port?: number,
  ): Promise<string> {
    const PORT = String(port ?? (await freePort()));
    const shop = runStart({ folder, words, settings: { PORT, ...settings } });
    expect((await shop.ended()).code).toBe(1);
    expect(leftRunning(folder)).toEqual([]);
    const lines = shop.said().split('\n');
    const sentences = lines.filter((line) => line !== '' && !/^(·| {2})/.test(line));
    expect(sentences).toHaveLength(1);
    return sentences[0] as string;
  }
  const on = (change: Partial<URL>) => ({ DATABASE_URL: Object.assign(new URL(database.url), change).href });

  it('a port that is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    expect(await refusal({}, [], port)).toBe(
      `Port ${port} is taken: stop the program that listens there, or choose another with PORT=3001.`,
    );
    taken.close();
  });

  it('a setting in .env that we do not know', async () => {
    writeFileSync(join(folder, '.env'), 'REDIS_ULR=redis://127.0.0.1\n');
    expect(await refusal({})).toBe(
      'unknown setting REDIS_ULR in .env, did you mean REDIS_URL? Mend the environment or .env; .env.example lists all settings.',
    );
  });

  it('a setting that cannot be', async () => {
    expect(await refusal({ BENCH: 'maybe' })).toMatch(/^BENCH must be true or false, not "maybe".* Mend/);
  });

  it('a data folder that cannot be made', async () => {
    writeFileSync(join(folder, 'file'), '');
    expect(await refusal({ DATA_DIR: join(folder, 'file', 'data') })).toMatch(
      /^Cannot make the data folder .* Set DATA_DIR/,
    );
  });

  it('a Postgres that refuses the password', async () => {
    expect(await refusal(on({ password: 'wrong' }))).toMatch(
      /^Postgres at \S+ refuses the user .*: correct user and password in DATABASE_URL\.$/,
    );
  });

  it('a Postgres without such a database', async () => {
    expect(await refusal(on({ pathname: '/nowhere' }))).toMatch(
      /^Postgres at \S+ has no database "nowhere": create it .*, or correct DATABASE_URL\.$/,
    );
  });

  it('a Postgres that is not there', async () => {
    expect(await refusal({ DATABASE_URL: 'postgres://me:x@127.0.0.1:1/x' })).toMatch(
      /^Postgres at 127\.0\.0\.1:1 does not answer \(ECONNREFUSED\): start it, or correct DATABASE_URL/,
    );
  });

  it('a Postgres that has not enough connections for all apps', async () => {
    expect(await refusal({ DATABASE_URL: database.url, DATABASE_POOL: '400' })).toMatch(
      /^The 2 processes of this placement may take 4\d\d connections, and Postgres at \S+ gives 297: set DATABASE_POOL=2\d\d, or raise max_connections/,
    );
  });

  it('a Redis that does not let us in', async () => {
    const redis = await testRedis();
    const url = redis.url.replace('redis://', 'redis://nobody:wrong@');
    expect(await refusal({ DATABASE_URL: database.url, REDIS_URL: url })).toMatch(
      /^Redis at \S+ does not let us in \(WRONGPASS .*\): correct REDIS_URL, which holds user, password and database/,
    );
    await redis.drop();
  });

  it('a Redis that evicts', async () => {
    const redis = await testRedis();
    const client = new Redis(redis.url);
    await client.config('SET', 'maxmemory-policy', 'allkeys-lru');
    try {
      expect(await refusal({ DATABASE_URL: database.url, REDIS_URL: redis.url })).toMatch(
        /^Redis evicts keys .*"allkeys-lru".*: set it to "noeviction", in the settings of a managed one, else with/,
      );
    } finally {
      await client.config('SET', 'maxmemory-policy', 'noeviction');
      await client.quit();
      await redis.drop();
    }
  });

  it('a module that there is none of', async () => {
    expect(await refusal({}, ['--apart', 'payment,stocks'])).toMatch(
      /^There is no module stocks: choose from benchmark, cart,/,
    );
  });
});
