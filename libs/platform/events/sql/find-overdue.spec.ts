import { DataSource } from 'typeorm';
import { type TestDatabase, testDatabase } from '#testing';
import { Overdue } from './find-overdue.js';

let database: TestDatabase;
let source: DataSource;
beforeAll(async () => {
  database = await testDatabase();
  source = await new DataSource({ type: 'postgres', url: database.url, poolSize: 1 }).initialize();
  await database.query(
    `insert into banyan.listeners (name, module, ordered, partitions) values ('seller.a', 'seller', true, 2), ('seller.b', 'seller', false, 4)`,
  );
});
afterAll(async () => {
  await source.destroy();
  await database.drop();
});
beforeEach(async () => {
  await database.query('delete from banyan.deliveries');
  await database.query('update banyan.listeners set paused_at = null, horizon = null');
});

/** Deliveries that wait, of one lane, due for an hour. */
const wait = (listener: string, partition: number, key: string | null, from: number, to: number) =>
  database.query(
    `insert into banyan.deliveries (listener, event_id, partition, key, due_at)
     select $1, n, $2, $3, clock_timestamp() - interval '1 hour' from generate_series($4::int, $5) n`,
    [listener, partition, key, from, to],
  );
const both = ['seller.a', 'seller.b'];

describe('what is overdue', () => {
  it('is found by lane, also in one that the listener does not have any more', async () => {
    await wait('seller.a', 1, 'k', 1, 3);
    await wait('seller.b', 0, null, 1, 1);
    await wait('seller.b', 6, null, 2, 2);
    const overdue = new Overdue(source);
    expect(await overdue.find(both, 1_000)).toEqual(
      expect.arrayContaining([
        { listener: 'seller.a', partition: 1 },
        { listener: 'seller.b', partition: 0 },
        { listener: 'seller.b', partition: 6 },
      ]),
    );
    expect(await overdue.find(['seller.a'], 1_000)).toHaveLength(1);
    expect(await overdue.find(both, 7_200_000)).toEqual([]);
  });

  it('is nothing that is paused, held up, or beyond what may be heard', async () => {
    await wait('seller.a', 0, 'k', 1, 3);
    await database.query(`update banyan.deliveries set state = 'dead' where event_id = 1`);
    await database.query('update banyan.deliveries set attempts = 1 where event_id = 1');
    await wait('seller.b', 0, null, 1, 1);
    await database.query(`update banyan.listeners set paused_at = now() where name = 'seller.b'`);
    await wait('seller.a', 1, 'other', 4, 4);
    await database.query(`update banyan.listeners set horizon = 4 where name = 'seller.a'`);
    expect(await new Overdue(source).find(both, 1_000)).toEqual([]);
    await database.query('update banyan.listeners set horizon = 5');
    expect(await new Overdue(source).find(both, 1_000)).toEqual([{ listener: 'seller.a', partition: 1 }]);
  });

  it('is found behind hundreds that are held up, after some looks, and again and again', async () => {
    await wait('seller.a', 0, 'stuck', 1, 700);
    await database.query(`update banyan.deliveries set state = 'dead', attempts = 1 where event_id = 1`);
    await wait('seller.a', 0, 'free', 701, 701);
    const overdue = new Overdue(source);
    const looks: number[] = [];
    for (let look = 0; look < 6; look++) looks.push((await overdue.find(both, 1_000)).length);
    expect(looks).toEqual([0, 0, 1, 0, 0, 1]);
  });

  it('costs no more for a backlog of 50,000 than it needs to see one delivery of each lane', async () => {
    for (const lane of [0, 1]) await wait('seller.a', lane, 'k', lane * 25_000 + 1, lane * 25_000 + 25_000);
    await database.query('analyze banyan.deliveries');
    const reads = async () => {
      await source.query('select pg_stat_force_next_flush()'); // of the one session that asks
      const [row] = await source.query(
        `select sum(idx_tup_read)::int as reads from pg_stat_user_indexes where relname like 'deliveries_%'`,
      );
      return row.reads as number;
    };
    const before = await reads();
    expect(await new Overdue(source).find(['seller.a'], 1_000)).toHaveLength(2);
    const read = (await reads()) - before;
    expect(read).toBeGreaterThan(0);
    expect(read).toBeLessThan(100);
  });
});
