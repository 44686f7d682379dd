import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { DataSource } from 'typeorm';
import { type TestDatabase, testDatabase } from '#testing';
import type { EventWriter } from './event-writer.js';
import { lostConnection } from './transient.js';
import { UnitsOfWork } from './units-of-work.js';

/** What the server says to a session that it lets in: that it is open. */
const OPEN = Buffer.from('Z\u0000\u0000\u0000\u0005I', 'latin1');

/** What it says when it ends one, as when it is told to stop. */
function ended(): Buffer {
  const fields = ['SFATAL', 'VFATAL', 'C57P01', 'Mterminating connection due to administrator command'];
  const text = Buffer.from(`${fields.map((field) => `${field}\u0000`).join('')}\u0000`, 'latin1');
  const head = Buffer.alloc(5);
  head.write('E', 'latin1');
  head.writeInt32BE(text.length + 4, 1);
  return Buffer.concat([head, text]);
}

/** A door to Postgres; of those that it is to end, the end arrives in one message with the news that they are open. */
async function doorTo(server: URL) {
  let ending = 0;
  const door = createServer((near) => {
    const far = connect(Number(server.port), server.hostname);
    for (const socket of [near, far]) socket.on('error', () => undefined);
    near.on('close', () => far.destroy());
    far.on('close', () => near.end());
    near.pipe(far);
    far.on('data', (told: Buffer) => {
      const opens = ending > 0 && told.subarray(-OPEN.length).equals(OPEN);
      if (!opens) return void near.write(told);
      ending -= 1;
      near.end(Buffer.concat([told, ended()]));
      far.destroy();
    });
  });
  door.listen(0, '127.0.0.1');
  await once(door, 'listening');
  const { port } = door.address() as { port: number };
  return {
    port,
    endNext: (count: number) => {
      ending = count;
    },
    left: () => ending,
    close: () => new Promise((resolve) => door.close(resolve)),
  };
}

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());

it('a connection that is ended as soon as it has opened ends its unit, and not the process; the next one works', async () => {
  const url = new URL(database.url);
  const door = await doorTo(new URL(url));
  url.port = String(door.port);
  url.hostname = '127.0.0.1';
  const source = new DataSource({ type: 'postgres', url: url.href, poolSize: 2, extra: { pipeline: true } });
  await source.initialize();
  const work = new UnitsOfWork(source, undefined as unknown as EventWriter).of('seller'); // nothing is published
  const ask = () => work.open((unit) => unit.query<{ role: string }>('select current_user as role'));
  const { master } = source.driver as unknown as { master: { totalCount: number } };
  // Those that are there are held, so that a new one has to be opened.
  const held = await Promise.all(Array.from({ length: master.totalCount }, () => source.createQueryRunner()));
  for (const runner of held) await runner.connect();
  try {
    // Jest fails a test in which an error goes uncaught; a process would end.
    door.endNext(1);
    expect(await ask().then(() => 'done', lostConnection)).toBe(true);
    expect(door.left()).toBe(0);
    expect(await ask()).toEqual([{ role: 'banyan_seller' }]);
  } finally {
    for (const runner of held) await runner.release();
    await source.destroy();
    await door.close();
  }
});
