import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Child, type Death } from './child.js';
import { until } from './started-shop.fixture.js';

let folder: string;
const children: Child[] = [];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'banyan-child-'));
});
afterEach(async () => {
  jest.restoreAllMocks();
  await Promise.all(children.splice(0).map((child) => child.stop(200)));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a script as a child; what it says on stderr is kept. */
function child(script: string, again: (death: Death) => boolean) {
  const file = join(folder, `${Math.random()}.cjs`);
  writeFileSync(file, script);
  const shown: string[] = [];
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => shown.push(String(text)) > 0);
  const deaths: Death[] = [];
  const died = (death: Death) => {
    deaths.push(death);
    return again(death);
  };
  const it = new Child({ name: 'payment', file, env: {}, prefixed: () => true, died });
  children.push(it);
  return { child: it, shown, deaths };
}
const ALIVE = `process.send({ ready: { url: 'here', modules: [] } }); setInterval(() => undefined, 1000);`;

it('that dies before its first answer shows what it said, and stays dead when nobody wants it again', async () => {
  const { shown, deaths } = child(`console.error('mend this'); process.exitCode = 3;`, () => false);
  await until(() => deaths.length > 0, 10_000);
  expect(deaths).toMatchObject([{ name: 'payment', how: 'exit code 3', answered: false }]);
  await until(() => shown.some((line) => line.includes('mend this')), 5_000);
});

it('that cannot even be started is told with the reason, tried again, and holds up no stop', async () => {
  const node = jest.replaceProperty(process, 'execPath', '/nowhere/node');
  const { child: missing, deaths } = child(ALIVE, () => true);
  await until(() => deaths.length > 0, 5_000);
  expect(deaths).toMatchObject([{ how: 'it could not be started: ENOENT', answered: false, pid: undefined }]);
  await missing.stop(200);
  const { child: again, deaths: before } = child(ALIVE, () => true);
  await until(() => before.length > 0, 5_000);
  node.restore();
  expect(await again.ready).toEqual({ url: 'here', modules: [] });
});

it('that keeps dying is started again after pauses that double', async () => {
  const { deaths } = child('process.exitCode = 1;', ({ againInMs }) => againInMs < 4_000);
  await until(() => deaths.length === 3, 20_000);
  expect(deaths.map((death) => death.againInMs)).toEqual([1_000, 2_000, 4_000]);
});

it('tells its first answer, and that it had answered when it is killed', async () => {
  const { child: alive, deaths } = child(ALIVE, () => false);
  expect(await alive.ready).toEqual({ url: 'here', modules: [] });
  process.kill(alive.pid as number, 'SIGKILL');
  await until(() => deaths.length > 0, 5_000);
  expect(deaths).toMatchObject([{ how: 'SIGKILL', answered: true, pid: alive.pid }]);
});

it('that does not stop when it is asked is killed at the deadline, and is not started again', async () => {
  const { child: deaf, deaths } = child(`process.on('SIGTERM', () => undefined); ${ALIVE}`, () => true);
  await deaf.ready;
  const began = performance.now();
  await deaf.stop(300);
  expect(performance.now() - began).toBeGreaterThan(290);
  expect(deaths).toEqual([]);
});
