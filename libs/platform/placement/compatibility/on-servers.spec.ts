import 'reflect-metadata';
import { BullModule } from '@nestjs/bullmq';
import { TypeOrmModule } from '@nestjs/typeorm';
import { EMPTY, type TestDatabase, type TestRedis, testDatabase, testRedis } from '#testing';
import { Bug, SeamCounts } from '../../seam/index.js';
import * as shapes from './shapes/infrastructure.fixture.js';
import { ON_SERVERS, type Row } from './table.js';
import { apart, type Pair, type Placed, together } from './two-apps.fixture.js';

const proven = new Set<Row>();
const running: Placed[] = [];
let database: TestDatabase;
let redis: TestRedis;

beforeAll(async () => {
  database = await testDatabase({ template: EMPTY });
  redis = await testRedis();
  await database.query('create table invoices (id serial primary key, total integer not null)');
});
afterEach(async () => {
  for (const placed of running.splice(0)) await placed.stop();
  await database.query('truncate invoices');
});
afterAll(async () => {
  await database.drop();
  await redis.drop();
});

async function start(place: typeof together, pair: Pair, counts?: SeamCounts): Promise<Placed> {
  const placed = await place(pair, counts);
  running.push(placed);
  return placed;
}

const PLACEMENTS = [
  ['together', together],
  ['apart', apart],
] as const;

describe('TypeORM', () => {
  const invoices = (): Pair => ({
    moves: shapes.InvoiceModule,
    uses: shapes.InvoiceUserModule,
    around: [
      TypeOrmModule.forRoot({
        type: 'postgres',
        url: database.url,
        autoLoadEntities: true,
        retryAttempts: 0,
      }),
    ],
  });

  it.each(PLACEMENTS)(
    'what is written by a call is read from the exported repository, %s',
    async (_, place) => {
      proven.add(ON_SERVERS.typeorm);
      const placed = await start(place, invoices());
      expect(await placed.ask(shapes.InvoiceUser, (user) => user.see())).toBe(7);
    },
  );

  it('a transaction handed to another module works together, and is told as a coupling', async () => {
    proven.add(ON_SERVERS.transaction);
    const placed = await start(together, invoices());
    expect(await placed.ask(shapes.InvoiceUser, (user) => user.together())).toBe(1);
    expect(placed.seam.describe().couplings).toMatchObject([
      { kind: 'transaction', module: 'moves', what: 'InvoiceService.writeWith', callers: ['uses'], times: 1 },
    ]);
  });

  it('it is refused at the call apart, by name and with the cure, and nothing is written', async () => {
    const placed = await start(apart, invoices());
    const error = await placed
      .ask(shapes.InvoiceUser, (user) => user.together())
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Bug);
    expect((error as Bug).message).toBe(
      "InvoiceService.writeWith: argument 0 carries a transaction of its caller, which can't travel. Let each module write " +
        'in a transaction of its own: call before it opens, or publish an event in it.',
    );
    expect(await database.query('select 1 from invoices')).toEqual([]);
  });

  it('once it was seen, the two can not be placed apart: the start names both', async () => {
    const counts = new SeamCounts();
    await (await start(together, invoices(), counts)).ask(shapes.InvoiceUser, (user) => user.together());
    await expect(start(apart, invoices(), counts)).rejects.toThrow(
      'InvoiceService.writeWith of moves: it was seen to write in a transaction of uses, so uses and moves go together. ' +
        'Let each module write in a transaction of its own',
    );
  });
});

describe('BullMQ', () => {
  const letters = (): Pair => ({
    moves: shapes.LetterModule,
    uses: shapes.LetterUserModule,
    around: [BullModule.forRoot({ connection: { url: redis.url } })],
  });

  it.each(PLACEMENTS)('a processor works once on what others put into its queue, %s', async (_, place) => {
    proven.add(ON_SERVERS.processor);
    shapes.posted.length = 0;
    const placed = await start(place, letters());
    const { letters: queue } = placed.here.get(shapes.LetterUser, { strict: false });
    await placed.ask(shapes.LetterUser, (user) => user.see());
    const worked = async () =>
      (await queue.getJobCountByTypes('completed')) === 1 && shapes.posted.length > 0;
    while (!(await worked())) await new Promise(setImmediate);
    expect(shapes.posted).toEqual(['letter: posted to us']);
    const { length: workers } = await queue.getWorkers();
    expect(workers).toBe(1);
    await queue.obliterate({ force: true });
  });
});

it('every row that needs a server is proven', () => {
  expect([...proven]).toEqual(expect.arrayContaining(Object.values(ON_SERVERS)));
});
