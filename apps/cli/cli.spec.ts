import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { stripVTControlCharacters } from 'node:util';
import { Client } from 'pg';
import { findPostgres, startPostgres } from '#platform/embedded';
import { EMPTY, type TestDatabase, testDatabase } from '#testing';
import { migrate } from '../../migrations/migrate.js';
import { banyan } from './banyan.fixture.js';
import { inert } from './inert.js';

/** A message that would clear the screen, ring, and turn text round. */
const NASTY = 'one\u001b[2J\u0007two\u009b31m\u202ethree\nfour';

/** A listener's dead delivery with its event and attempt. */
const ONE_DEAD = `
with event as (
  insert into banyan.events (type, version, module, key, payload, traceparent)
  values ('ReserveStock', 1, 'cart', 'customer:7', '{}', '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01') returning id
), delivery as (
  insert into banyan.deliveries (listener, event_id, partition, key, state, attempts, settled_at)
  select $1, id, 1, 'customer:7', 'dead', 8, '2026-01-02 03:04:05Z' from event
)
insert into banyan.attempts (listener, event_id, attempt, kind, error_class, message, app, instance, traceparent)
select $1, id, 8, 'fault', 'TimeoutError', $2, 'marketplace', 'here', '' from event`;

/** Whether a terminal would obey a character; line ends are ours. */
function commands(character: string): boolean {
  const code = character.charCodeAt(0);
  return (code < 32 && character !== '\n') || (code >= 127 && code < 160) || character === '\u202e';
}

const HEAVY = /^(@nestjs|@opentelemetry)\/|^(typeorm|bullmq|ioredis|nestjs-pino|rxjs)$/;

/** Runs the built command as a process, which tells by its coverage what it has loaded: the packages of that. */
function packagesOf(words: string): { status: number | null; packages: ReadonlySet<string> } {
  const folder = mkdtempSync(join(tmpdir(), 'banyan-loaded-'));
  const command = [join(import.meta.dirname, 'banyan.mjs'), ...words.split(' ')];
  const env = { ...process.env, DATABASE_URL: database.url, NODE_V8_COVERAGE: folder };
  const { status } = spawnSync(process.execPath, command, { env });
  const told = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'));
  rmSync(folder, { recursive: true });
  const loaded = told.join('').matchAll(/"url":"file:[^"]*\/node_modules\/((?:@[^/"]+\/)?[^/"]+)/g);
  return { status, packages: new Set([...loaded].map(([, name]) => name as string)) };
}

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());

describe('banyan dead-letters list', () => {
  const on = () => ({ settings: { DATABASE_URL: database.url } });
  afterEach(() => database.query('truncate banyan.events, banyan.deliveries, banyan.attempts'));

  it('says that there are none', async () => {
    expect(await banyan('dead-letters list', on())).toMatchObject({
      code: 0,
      out: 'No dead letters.\n',
      err: '',
    });
  });

  it('shows each with its listener, event, key, moment, attempts, error and trace, within the width', async () => {
    await database.query(ONE_DEAD, ['stock.reserve', `no answer ${'x'.repeat(200)}`]);
    const { code, out } = await banyan('dead-letters list', { ...on(), width: 100 });
    expect(code).toBe(0);
    for (const text of [
      'stock.reserve',
      'ReserveStock',
      'key customer:7',
      '2026-01-02',
      '03:04:05',
      'fault after 8 attempts',
      'TimeoutError: no answer',
      'trace 4bf92f3577b34da6a3ce929d0e0e4736',
    ])
      expect(out).toContain(text);
    expect(out.match(/x/g)).toHaveLength(200);
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBe(100);
  });

  it('shows the latest up to the limit, and says how many there are', async () => {
    for (const listener of ['a.x', 'b.x', 'b.x']) await database.query(ONE_DEAD, [listener, 'm']);
    expect((await banyan('dead-letters list --limit 2', on())).out).toContain(
      'The latest 2 of 3: --limit shows more',
    );
    const one = await banyan('dead-letters list --listener a.x', on());
    expect(one.out).toContain('a.x');
    expect(one.out).not.toContain('b.x');
  });

  it('gives the same as JSON for scripts', async () => {
    await database.query(ONE_DEAD, ['stock.reserve', NASTY]);
    const { raw } = await banyan('dead-letters list --json', on());
    expect(JSON.parse(raw)).toEqual({
      total: 1,
      listeners: [
        {
          listener: 'stock.reserve',
          dead: 1,
          oldest: '2026-01-02T03:04:05.000Z',
          newest: '2026-01-02T03:04:05.000Z',
        },
      ],
      dead: [
        expect.objectContaining({
          traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
          lastError: { kind: 'fault', class: 'TimeoutError', message: NASTY },
        }),
      ],
      strays: [],
      waiting: [],
      unheard: [{ type: 'ReserveStock', count: 1 }],
    });
  });

  it('lets no byte of a message or a name command the terminal', async () => {
    await database.query(ONE_DEAD, [`a.${NASTY}`, NASTY]);
    for (const form of ['', '--json']) {
      const { raw } = await banyan(`dead-letters list ${form}`, on());
      expect(raw).toContain('\\u001b[2J\\u0007two\\u009b31m\\u202ethree');
      expect([...stripVTControlCharacters(raw)].filter(commands)).toEqual([]);
    }
  });
});

describe('without a database to work on, one sentence says what to do', () => {
  it('when the server does not answer', async () => {
    const { code, err } = await banyan('dead-letters list', {
      settings: { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/x' },
    });
    expect({ code, err }).toEqual({
      code: 2,
      err: 'The database does not let us in (connect ECONNREFUSED 127.0.0.1:1): check DATABASE_URL.\n',
    });
  });

  it("when it is somebody else's", async () => {
    const empty = await testDatabase({ template: EMPTY });
    const { code, err } = await banyan('dead-letters list', { settings: { DATABASE_URL: empty.url } });
    expect({ code, err }).toEqual({
      code: 2,
      err: 'This database has no tables of banyan: start the application on it once, which migrates it.\n',
    });
    await empty.drop();
  });

  it('when the role would see only a part', async () => {
    await database.query(`create role cli_spec_guest login password 'guest' in role banyan_cart`);
    const url = Object.assign(new URL(database.url), { username: 'cli_spec_guest', password: 'guest' });
    const { code, err } = await banyan('dead-letters list', { settings: { DATABASE_URL: url.href } });
    await database.query('drop role cli_spec_guest');
    expect({ code, err }).toEqual({
      code: 2,
      err: 'Role cli_spec_guest does not see all deliveries: use the role that owns the tables.\n',
    });
  });

  it('when a setting is wrong', async () => {
    const { code, err } = await banyan('dead-letters list', { settings: { DATABASE_URL: 'mysql://here' } });
    expect(code).toBe(2);
    expect(err).toMatch(/^DATABASE_URL must be an address such as postgres:/);
  });
});

describe('on the embedded database', () => {
  let folder: string;
  const list = () => banyan('dead-letters list', { settings: { DATA_DIR: folder } });

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'banyan-cli-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('it makes none where none is', async () => {
    const { code, err } = await list();
    expect(code).toBe(2);
    expect(err).toContain(
      `There is no database in ${folder} yet: run this where the application was started`,
    );
    expect(existsSync(join(folder, 'postgres'))).toBe(false);
  });

  it('it works while that runs and leaves it running; started for the moment, it is stopped again', async () => {
    const postgres = await startPostgres({ dataDir: folder, durable: false });
    await migrate({ url: postgres.url });
    const client = new Client({ connectionString: postgres.url });
    await client.connect();
    await client.query(ONE_DEAD, ['stock.reserve', 'm']);
    const running = await list();
    await client.query('select 1'); // still there
    await client.end();
    await postgres.stop();
    expect(await findPostgres(folder)).toBeUndefined();
    const stopped = await list();
    expect(await findPostgres(folder)).toBeUndefined();
    expect([running.code, stopped.code]).toEqual([0, 0]);
    expect(running.out).toContain('stock.reserve');
    expect(stopped.out).toBe(running.out);
  });
});

describe('banyan check', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'banyan-check-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('ends with 0 when the rules are kept, with 1 and every violation when not', async () => {
    mkdirSync(join(folder, 'libs/marketplace/cart'), { recursive: true });
    writeFileSync(join(folder, 'libs/marketplace/cart/cart.edge.ts'), 'export {};');
    expect(await banyan('check', { folder })).toMatchObject({ code: 0, out: '1 files keep the rules.\n' });
    writeFileSync(
      join(folder, 'libs/marketplace/cart/cart.edge.ts'),
      `import 'typeorm';\nimport './pay.gateway.js';`,
    );
    const { code, out } = await banyan('check', { folder });
    expect(code).toBe(1);
    expect(out).toMatch(
      /cart\.edge\.ts:1 {2}storage\n.*\n {2}Cure: .*\n\n.*cart\.edge\.ts:2 {2}tiers\n.*\n {2}Cure: .*\n\n2 violations in 1 files\.\n$/,
    );
    expect(JSON.parse((await banyan('check --json', { folder })).raw).violations).toHaveLength(2);
  });

  it('says where to run it when there is nothing to check', async () => {
    expect(await banyan('check', { folder })).toMatchObject({
      code: 2,
      err: expect.stringContaining('run this in the root of the repository'),
    });
  });
});

describe('the command line', () => {
  it('teaches', async () => {
    const { code, out } = await banyan('--help');
    expect(code).toBe(0);
    for (const text of ['dead-letters', 'check', 'DATABASE_URL', 'Exit codes', 'Examples'])
      expect(out).toContain(text);
    expect((await banyan('dead-letters --help')).out).toContain('A dead letter is a delivery');
  });

  it.each([
    'dead-leters list',
    'dead-letters list --limit 0',
    'dead-letters list --limit many',
    'dead-letters list --jsno',
    '',
  ])('answers "%s" with what is wrong or what there is, and exit code 2', async (words) => {
    const { code, err } = await banyan(words);
    expect(code).toBe(2);
    expect(err).toMatch(/error: |Usage: /);
  });

  it('says that it is not built yet, where there is no dist', () => {
    const root = mkdtempSync(join(tmpdir(), 'banyan-unbuilt-'));
    mkdirSync(join(root, 'apps/cli'), { recursive: true });
    cpSync(join(import.meta.dirname, 'banyan.mjs'), join(root, 'apps/cli/banyan.mjs'));
    const { status, stderr } = spawnSync(process.execPath, [join(root, 'apps/cli/banyan.mjs')], {
      encoding: 'utf8',
    });
    rmSync(root, { recursive: true });
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: expect.stringMatching(/^banyan is not built yet: run `npm run build` in /),
    });
  });

  it.each([
    ['--help', { status: 0, loads: ['commander'], not: ['pg', 'zod'] }],
    ['trace 4bf92f3577b34da6a3ce929d0e0e4736', { status: 2, loads: ['pg', 'zod'], not: ['cli-table3'] }],
    ['dead-letters list', { status: 0, loads: ['pg', 'cli-table3'], not: ['oxc-parser'] }],
    ['events conservation', { status: 0, loads: ['pg'], not: ['oxc-parser'] }],
    ['logs level', { status: 0, loads: ['pg'], not: ['oxc-parser'] }],
  ])(
    'starts light: "%s" loads what it needs, and nothing of Nest, TypeORM or OpenTelemetry',
    (words, { status, loads, not }) => {
      const ended = packagesOf(words);
      expect(ended.status).toBe(status);
      expect([...ended.packages]).toEqual(expect.arrayContaining(loads));
      expect([...ended.packages].filter((each) => not.includes(each) || HEAVY.test(each))).toEqual([]);
    },
  );

  it('ends without a word when nobody reads it any more, as before "| head"', async () => {
    const command = spawn(process.execPath, [join(import.meta.dirname, 'banyan.mjs'), '--help']);
    command.stdout.destroy(); // long before it writes
    const [said, [code]] = await Promise.all([text(command.stderr), once(command, 'exit')]);
    expect({ said, code }).toEqual({ said: '', code: 0 });
  });

  it('is executable, as npx needs it', () => {
    expect(() => execFileSync('test', ['-x', join(import.meta.dirname, 'banyan.mjs')])).not.toThrow();
  });
});

it.each([
  ['plain words, é and 🌳', 'plain words, é and 🌳'],
  ['a\tb\r\nc', 'a b c'],
  ['\u0000\u007f\u0085\u2028\ufeff', '\\u0000\\u007f\\u0085\\u2028\\ufeff'],
])('text %j is shown as %s', (text, shown) => {
  expect(inert(text)).toBe(shown);
});
