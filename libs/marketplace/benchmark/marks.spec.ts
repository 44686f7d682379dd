import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { WorkModule } from '#platform/work';
import { type RunningModules, startModules } from '#testing';
import { BenchmarkData } from './benchmark.data.js';
import { BenchmarkEdge } from './benchmark.edge.js';
import { BenchmarkListeners } from './benchmark.listeners.js';
import { BenchmarkProcess, EVERY_MODULE } from './benchmark.process.js';
import { TransactionMark } from './contract/benchmark.events.js';
import { TransactionMarkRow } from './entities/transaction-mark.entity.js';
import { readMarks } from './mark-reader.sample.js';
import { MarkStream } from './mark-stream.process.js';

/** The benchmark's module without the eight modules that it resets: the marks need none of them. */
@Module({
  imports: [WorkModule.as('benchmark'), TypeOrmModule.forFeature([TransactionMarkRow])],
  controllers: [BenchmarkEdge],
  providers: [
    BenchmarkData,
    BenchmarkListeners,
    BenchmarkProcess,
    MarkStream,
    { provide: EVERY_MODULE, useValue: [] },
  ],
})
class MarksModule {}

describe('the marks', () => {
  let shop: RunningModules;

  beforeAll(async () => {
    shop = await startModules({ here: [MarksModule] });
  });
  afterAll(() => shop?.stop());

  const mark = (tid: string): TransactionMark => ({
    tid,
    type: 'CUSTOMER_SESSION',
    actorId: 1,
    status: 'SUCCESS',
    source: 'shipment',
  });
  const tell = async (...tids: string[]) => {
    for (const tid of tids) await shop.publish(TransactionMark, mark(tid));
  };

  it('come as they are recorded, beginning with the next one', async () => {
    await tell('before');
    await shop.drain();
    const reader = await readMarks(shop.url);
    await tell('a', 'b', 'c');
    await reader.until(3);
    expect(reader.tids).toEqual(['a', 'b', 'c']);
    reader.close();
  });

  it('can be resumed after any id, by header or by query; 0 is the beginning', async () => {
    const all = await readMarks(shop.url, { query: '?after=0' });
    await all.until(4);
    expect(all.tids.slice(0, 4)).toEqual(['before', 'a', 'b', 'c']);
    const afterA = all.ids[2] as number; // the first id stands alone
    const byHeader = await readMarks(shop.url, { lastEventId: afterA, query: '?after=0' });
    const byQuery = await readMarks(shop.url, { query: `?after=${afterA}` });
    await Promise.all([byHeader.until(2), byQuery.until(2)]);
    expect(byHeader.tids).toEqual(['b', 'c']);
    expect(byQuery.tids).toEqual(['b', 'c']);
    for (const reader of [all, byHeader, byQuery]) reader.close();
  });

  it('lose and double nothing for a reader that leaves and comes back while they are recorded', async () => {
    const total = 120;
    const telling = (async () => {
      for (let count = 0; count < total; count += 10) {
        await Promise.all([...Array(10).keys()].map((index) => tell(`r${count + index}`)));
      }
    })();
    const seen: string[] = [];
    let lastEventId = Number(
      (await shop.query<{ id: string }>('select max(id) as id from benchmark.transaction_marks'))[0]?.id,
    );
    const first = lastEventId;
    while (seen.length < total) {
      const reader = await readMarks(shop.url, { lastEventId });
      await reader.until(1);
      reader.close();
      await reader.ended;
      seen.push(...reader.tids);
      lastEventId = reader.ids.at(-1) as number;
    }
    await telling;
    const recorded = await shop.query<{ tid: string }>(
      'select tid from benchmark.transaction_marks where id > $1 order by id',
      [first],
    );
    expect(seen).toEqual(recorded.map((row) => row.tid));
    expect(new Set(seen).size).toBe(total);
  });

  it('are seen when another process records them', async () => {
    const reader = await readMarks(shop.url);
    await shop.query(
      `insert into benchmark.transaction_marks (tid, type, actor_id, status, source) values ('elsewhere', 'PRICE_UPDATE', 1, 'SUCCESS', 'cart')`,
    );
    await reader.until(1);
    expect(reader.tids).toEqual(['elsewhere']);
    reader.close();
  });

  it('are refused after a position that makes no sense', async () => {
    expect((await shop.http('GET', '/marks?after=-1')).status).toBe(400);
    expect((await shop.http('GET', '/marks', undefined, { 'last-event-id': 'yesterday' })).status).toBe(400);
  });

  it('do not open the way to wiping data on a server that is not for benchmarks', async () => {
    expect((await shop.http('PATCH', '/reset')).status).toBe(404);
    expect((await shop.http('PATCH', '/cleanup')).status).toBe(404);
  });

  it('end promptly for their readers when the server stops', async () => {
    const own = await startModules({ here: [MarksModule] });
    const reader = await readMarks(own.url);
    const began = performance.now();
    await Promise.all([own.stop(), reader.ended]);
    expect(performance.now() - began).toBeLessThan(5_000);
  });
});
