import { type TestDatabase, testDatabase } from '#testing';
import { Database, findDatabase } from './database.js';
import { deadDeliveries, pendingDeliveries, untilRest } from './rest.js';

let own: TestDatabase;
let database: Database;

beforeAll(async () => {
  own = await testDatabase();
  database = new Database(async () => own.url);
});
afterAll(async () => {
  await database.close();
  await own.drop();
});
beforeEach(() => own.query('truncate banyan.deliveries'));

const deliver = (listener: string, event: number, state: string, reason?: string) =>
  own.query(
    `insert into banyan.deliveries (listener, event_id, partition, state, reason) values ($1, $2, 0, $3, $4)`,
    [listener, event, state, reason],
  );

describe('the look at the database', () => {
  it('goes on after the server has cut its connections', async () => {
    await database.query('select 1');
    await own.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'banyan-drive'`,
    );
    expect(await database.query('select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('finds a server that is back at another place', async () => {
    let asked = 0;
    const moved = new Database(async () => (asked++ === 0 ? own.url.replace(/:\d+\//, ':1/') : own.url));
    expect(await moved.query('select 1 as one')).toEqual([{ one: 1 }]);
    expect(asked).toBe(2);
    await moved.close();
  });

  it('does not try a wrong statement again, and can write nothing', async () => {
    await expect(database.query('select nonsense')).rejects.toMatchObject({ code: '42703' });
    await expect(database.query('truncate banyan.deliveries')).rejects.toMatchObject({ code: '25006' });
  });

  it('prefers what it is told to what the environment says', async () => {
    expect(await findDatabase({ database: 'postgres://told/x' })).toBe('postgres://told/x');
  });
});

describe('the system at rest', () => {
  it('is at rest when nothing is pending, whatever is done, skipped or dead', async () => {
    await deliver('stock.reserve', 1, 'done');
    await deliver('stock.reserve', 2, 'skipped');
    await deliver('stock.reserve', 3, 'dead');
    expect(await untilRest(database, 5)).toEqual([]);
  });

  it('is waited for', async () => {
    await deliver('order.invoice', 4, 'pending');
    const told: number[] = [];
    const left = await untilRest(database, 30, (count) => {
      told.push(count);
      if (told.length === 2) void own.query(`update banyan.deliveries set state = 'done'`);
    });
    expect(left).toEqual([]);
    expect(told.slice(0, 2)).toEqual([1, 1]);
  });

  it('says what is left when the time is up, by listener', async () => {
    await deliver('order.invoice', 4, 'pending');
    await deliver('stock.reserve', 4, 'pending');
    await deliver('stock.reserve', 5, 'pending');
    expect(await untilRest(database, 0.1)).toEqual(await pendingDeliveries(database));
    expect(await pendingDeliveries(database)).toEqual([
      { listener: 'stock.reserve', count: 2 },
      { listener: 'order.invoice', count: 1 },
    ]);
  });

  it('names the dead, with what killed them', async () => {
    await deliver('payment.charge', 9, 'dead', 'the provider never answered');
    expect(await deadDeliveries(database)).toEqual([
      { listener: 'payment.charge', event_id: '9', type: null, reason: 'the provider never answered' },
    ]);
  });
});
