import { Controller, Get, Module } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { type TestDatabase, testDatabase } from '#testing';
import { loadSettings } from '../config/index.js';
import { readPlacement, type SeenInstance } from '../placement/index.js';
import { UnitOfWork, WorkModule } from '../work/index.js';
import { host } from './host.js';
import type { RunningApp } from './running-app.js';

@Controller('stock')
class StockEdge {
  constructor(private readonly work: UnitOfWork) {}
  @Get() async look(): Promise<object> {
    return this.work.run(async (unit) => ({ rows: await unit.query('select 1 as one') }));
  }
}
@Module({ imports: [WorkModule.as('stock')], controllers: [StockEdge] })
class StockModule {}

let database: TestDatabase;
let app: RunningApp;
const lines: { level: string; message: string }[] = [];

beforeAll(async () => {
  database = await testDatabase();
  const env = {
    ...{ NODE_ENV: 'test', PORT: '0', DATABASE_URL: database.url, DATABASE_POOL: '2', LOG_LEVEL: 'info' },
    ...{ DATABASE_WAIT_MS: '1000', CALL_SECRET: 'known to this test only' },
  };
  const linesTo = { write: (line: string) => void lines.push(JSON.parse(line)) };
  app = await host({
    name: 'shop',
    here: [StockModule],
    settings: loadSettings({ file: '', env }),
    linesTo,
  });
});
afterAll(async () => {
  await app.stop();
  await database.drop();
});

const itself = async (): Promise<SeenInstance> => {
  const { instances } = await readPlacement({ query: (sql, parameters) => database.query(sql, parameters) });
  return instances[0] as SeenInstance;
};

it('an app whose pool is exhausted answers 503 with the time to ask again, and lives on for all others', async () => {
  const source = app.get(DataSource);
  const held = [source.createQueryRunner(), source.createQueryRunner()];
  for (const runner of held) await runner.connect();
  const began = performance.now();
  const { renewal } = await itself();
  const answer = await fetch(`${app.url}/stock`);
  expect(answer.status).toBe(503);
  expect(answer.headers.get('retry-after')).toBe('1');
  expect(answer.headers.get('content-type')).toContain('application/problem+json');
  expect(await answer.json()).toMatchObject({ status: 503, detail: expect.stringContaining('Try again') });
  expect(performance.now() - began).toBeLessThan(4_500); // less than the wait that is the default
  while ((await itself()).renewal < renewal + 8); // eight renewals at the least, a second apart, all while it is full
  const live = await database.query(
    `select from banyan.instances where seen_at > clock_timestamp() - interval '3 seconds'`,
  );
  expect(live).toHaveLength(1);
  expect(lines.filter(({ message }) => /registry is not reached|sweep does not reach/.test(message))).toEqual(
    [],
  );
  for (const runner of held) await runner.release();
  expect((await fetch(`${app.url}/stock`)).status).toBe(200);
});
