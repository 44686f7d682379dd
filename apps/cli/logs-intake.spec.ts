import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Convergence } from '#platform/questions';
import { type TestDatabase, testDatabase } from '#testing';
import { banyan as command } from './banyan.fixture.js';
import { run } from './run.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
let database: TestDatabase;
let folder: string;
beforeEach(async () => {
  database = await testDatabase();
  folder = mkdtempSync(join(tmpdir(), 'banyan-intake-'));
});
afterEach(async () => {
  rmSync(folder, { recursive: true });
  await database.drop();
});
const settings = () => ({ DATABASE_URL: database.url });
const banyan = (words: string) => command(words, { settings: settings(), folder });
const plain = (at: number, more = '') => `${new Date().toISOString()} WARN turn ${at}${more}\n`;

it('takes in a file, joins its lines to their trace, and tells how far they are from the common shape', async () => {
  const file = join(folder, 'legacy.log');
  writeFileSync(
    file,
    `${plain(1, ` trace_id=${TRACE}`)}TypeError: no\n    at shop.js:7\n${plain(2)}no time, no level`,
  );
  const { out } = await banyan(`logs intake --app legacy --team backoffice --file ${file}`);
  expect(out).toBe('Took in 3 lines of legacy, 1 of them with a trace.\n');
  expect((await banyan(`logs --trace ${TRACE}`)).out).toMatch(/WARN .*legacy.*turn 1/);
  expect((await banyan(`trace ${TRACE}`)).out).toContain('turn 1');
  const { convergence } = JSON.parse((await banyan('logs convergence --json')).out) as {
    convergence: Convergence[];
  };
  expect(convergence.find(({ format }) => format === 'plain')).toMatchObject({
    app: 'legacy',
    team: 'backoffice',
    lines: 2,
  });
  const text = convergence.find(({ format }) => format === 'text');
  expect(text).toMatchObject({ lines: 1, percent: 11.1, example: { message: 'no time, no level' } });
  expect(text?.missing.map(({ what }) => what)).toContain('trace is missing');
  expect((await banyan('logs convergence')).out).toMatch(/legacy.*backoffice.*11\.1 %/);
});

it('follows a file across rotation and emptying, loses nothing and takes nothing twice', async () => {
  const file = join(folder, 'legacy.log');
  writeFileSync(file, plain(0));
  let enough = false;
  const following = run(
    ['logs', 'intake', '--app', 'legacy', '--team', 'backoffice', '--file', file, '--follow'],
    {
      ...{ out: () => undefined, err: () => undefined, folder, settings: settings() },
      stopped: () => enough,
    },
  );
  const kept = async () => {
    const [there] = await database.query<{ there: boolean }>(
      `select to_regclass('telemetry.lines') is not null as there`,
    );
    if (!there?.there) return [];
    const rows = await database.query<{ message: string }>(
      `select line->>'message' as message from telemetry.lines order by time`,
    );
    return rows.map(({ message }) => message);
  };
  const until = async (count: number) => {
    for (
      const end = Date.now() + 20_000;
      (await kept()).length < count;
      await new Promise((next) => setTimeout(next, 30))
    )
      if (Date.now() > end) throw new Error(`only ${await kept()}`);
  };
  try {
    await until(1);
    appendFileSync(file, plain(1));
    renameSync(file, join(folder, 'legacy.log.1'));
    appendFileSync(join(folder, 'legacy.log.1'), plain(2));
    writeFileSync(file, plain(3, ' of a longer line'));
    await until(4);
    writeFileSync(file, plain(4).slice(0, 20));
    appendFileSync(file, plain(4).slice(20));
    await until(5);
  } finally {
    enough = true;
  }
  expect(await following).toBe(0);
  expect(await kept()).toEqual(['turn 0', 'turn 1', 'turn 2', 'turn 3 of a longer line', 'turn 4']);
}, 60_000);

it('says what is missing', async () => {
  expect((await banyan('logs intake --app legacy')).err).toContain("required option '--team <name>'");
  expect(await banyan('logs intake --app a --team b --file nowhere')).toMatchObject({
    code: 2,
    err: expect.stringContaining('There is no file nowhere'),
  });
});
