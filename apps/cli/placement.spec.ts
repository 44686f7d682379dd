import { stripVTControlCharacters } from 'node:util';
import { type Instance, type InstanceHealth, Registry } from '#platform/placement';
import { type TestDatabase, testDatabase } from '#testing';
import { run } from './run.js';

let database: TestDatabase;
const entered: Registry[] = [];
beforeAll(async () => {
  database = await testDatabase();
});
afterEach(async () => {
  await Promise.all(entered.splice(0).map((registry) => registry.leave()));
  await database.query('truncate banyan.instances, banyan.routes, banyan.route_changes, banyan.wanted_apps');
});
afterAll(() => database.drop());

async function banyan(words: string, width?: number) {
  let [out, err] = ['', ''];
  const code = await run(words.split(' '), {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    folder: process.cwd(),
    settings: { DATABASE_URL: database.url },
    width,
  });
  return {
    code,
    out: stripVTControlCharacters(out),
    raw: out,
    err: stripVTControlCharacters(err),
    rawErr: err,
  };
}

/** An app whose process lives and follows, as far as others can see. */
async function live(app: string, modules: readonly string[], health: Partial<InstanceHealth> = {}) {
  const contract = Object.fromEntries(
    modules.map((module) => [module, { operations: [], listeners: [`${module}.hears X@1`] }]),
  );
  const self: Instance = {
    ...{ id: `${app}-1`, app, version: '1', commit: '', modules, contract, httpRoutes: [] },
    ...{ httpAddress: `http://${app}:80`, callAddress: `${app}:90` },
  };
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const said = { delivers: [], answering: {}, answered: {}, failed: {}, objections: {}, ...health };
  const db = { query: (sql: string, parameters?: unknown[]) => database.query(sql, parameters) };
  const registry = new Registry({
    database: db,
    log,
    self,
    health: () => said,
    follow: async () => undefined,
  });
  entered.push(registry);
  await registry.enter();
  return said as { answered: Record<string, number>; failed: Record<string, number> };
}

describe('banyan move', () => {
  it('ends with the calls that each side has answered, and those that failed', async () => {
    await live('marketplace', ['cart', 'stock'], { answered: { stock: 5 } });
    await live('stock', ['stock']);
    const { code, out, err } = await banyan('move stock --to apart');
    expect([code, out]).toEqual([
      0,
      'stock is answered by stock. Calls and requests to it meanwhile: answered by marketplace 0, by stock 0, failed 0.\n',
    ]);
    expect(err.split('\n').map((line) => line.replace(/ [\d.]+ s$/, ''))).toEqual([
      '✔ stock is answered by marketplace, to be answered by stock',
      '✔ stock runs and offers what marketplace does: 0 operations, 1 listeners',
      expect.stringMatching(/^✔ route changed, version \d+$/),
      '✔ every process follows (2 of 2)',
      '✔ nothing is in work at marketplace any more',
      '',
    ]);
  });

  it('shows them on a terminal while it waits, in one line; failed ones give the exit code 1', async () => {
    const old = await live('marketplace', ['cart', 'stock']);
    await live('stock', ['stock']);
    const moving = banyan('move stock --to apart', 80);
    while ((await database.query('select from banyan.routes')).length === 0);
    old.answered['stock'] = 7;
    old.failed['stock'] = 1;
    const { code, err, rawErr, out } = await moving;
    expect(rawErr).toContain('\r\u001b[K');
    expect(err).toContain('answered by the old side 7, by the new one 0, failed 1');
    expect(out).toContain('answered by marketplace 7, by stock 0, failed 1.');
    expect(code).toBe(1);
  });
});

describe('banyan instances', () => {
  it('says in red which deliveries nobody works on, and the cure', async () => {
    await live('marketplace', ['cart', 'stock']);
    const route = 'insert into banyan.routes (module, app, version, who, why) values ($1, $2, 1, $3, $3)';
    await database.query(route, ['stock', 'stock', 'me']);
    const gone =
      'Nobody works on the deliveries of stock: app stock does not run. Start it, or take the module back: ' +
      'npx banyan move stock --to together\n';
    expect((await banyan('instances')).out).toContain(gone);
    await live('stock', ['stock']);
    expect((await banyan('instances')).out).not.toContain('Nobody works');
  });
});
