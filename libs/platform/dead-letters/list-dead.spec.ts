import { Pool } from 'pg';
import { type TestDatabase, testDatabase } from '#testing';
import { countDead, listDead } from './index.js';

let database: TestDatabase;
let pool: Pool;

beforeAll(async () => {
  database = await testDatabase();
  pool = new Pool({ connectionString: database.url });
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});
afterEach(() => database.query('truncate banyan.events, banyan.deliveries, banyan.attempts'));

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

/** Puts one event there with one delivery, as publishing and failing leave them. */
async function deliver(delivery: {
  listener: string;
  state: string;
  key?: string;
  failures?: string[];
  minute?: number;
  traceparent?: string;
}): Promise<string> {
  const {
    listener,
    state,
    key = null,
    failures = [],
    minute = 0,
    traceparent = `00-${TRACE}-00f067aa0ba902b7-01`,
  } = delivery;
  const settled = state === 'pending' ? null : new Date(Date.UTC(2026, 0, 1, 12, minute));
  const [event] = await database.query<{ id: string }>(
    `insert into banyan.events (type, version, module, key, payload, traceparent) values ('StockConfirmed', 2, 'stock', $1, '{}', $2) returning id`,
    [key, traceparent],
  );
  const id = (event as { id: string }).id;
  await database.query(
    `insert into banyan.deliveries (listener, event_id, partition, key, state, attempts, settled_at) values ($1, $2, 3, $3, $4, $5, $6)`,
    [listener, id, key, state, failures.length, settled],
  );
  for (const [i, message] of failures.entries()) {
    await database.query(
      `insert into banyan.attempts (listener, event_id, attempt, kind, error_class, message, app, instance, traceparent)
       values ($1, $2, $3, 'fault', 'TimeoutError', $4, 'marketplace', 'here', $5)`,
      [listener, id, i + 1, message, traceparent],
    );
  }
  return id;
}

describe('the list of the dead', () => {
  it('tells of each what, whose, when, how often, why and under which trace', async () => {
    const id = await deliver({
      listener: 'order.invoice',
      state: 'dead',
      key: 'customer:7',
      failures: ['first', 'second'],
    });
    expect(await listDead(pool)).toEqual([
      {
        origin: 'delivery',
        listener: 'order.invoice',
        eventId: id,
        type: 'StockConfirmed',
        version: 2,
        key: 'customer:7',
        waiting: 0,
        occurredAt: expect.any(Date),
        diedAt: new Date('2026-01-01T12:00:00Z'),
        attempts: 2,
        group: expect.stringMatching(/^[0-9a-f]{12}$/),
        lastError: { kind: 'fault', class: 'TimeoutError', message: 'second' },
        traceId: TRACE,
      },
    ]);
  });

  it('holds the dead only, the latest first', async () => {
    for (const state of ['pending', 'done', 'skipped', 'resolved', 'discarded']) {
      await deliver({ listener: 'order.invoice', state, failures: ['once'] });
    }
    const early = await deliver({ listener: 'order.invoice', state: 'dead', failures: ['x'], minute: 1 });
    const late = await deliver({ listener: 'order.invoice', state: 'dead', failures: ['x'], minute: 2 });
    expect((await listDead(pool)).map((dead) => dead.eventId)).toEqual([late, early]);
  });

  it('counts what waits behind a dead one: the same listener and key, later, pending', async () => {
    await deliver({ listener: 'order.invoice', state: 'pending', key: 'customer:7' });
    await deliver({ listener: 'order.invoice', state: 'dead', key: 'customer:7', failures: ['x'] });
    await deliver({ listener: 'order.invoice', state: 'pending', key: 'customer:7' });
    await deliver({ listener: 'order.invoice', state: 'pending', key: 'customer:7' });
    await deliver({ listener: 'order.invoice', state: 'pending', key: 'customer:8' });
    await deliver({ listener: 'seller.invoice', state: 'pending', key: 'customer:7' });
    expect((await listDead(pool)).map((dead) => dead.waiting)).toEqual([2]);
  });

  it('is limited, and to one listener when asked', async () => {
    for (const listener of ['order.a', 'order.a', 'order.b'])
      await deliver({ listener, state: 'dead', failures: ['x'] });
    expect(await listDead(pool, { limit: 2 })).toHaveLength(2);
    expect((await listDead(pool, { listener: 'order.a' })).map((dead) => dead.listener)).toEqual([
      'order.a',
      'order.a',
    ]);
    expect(await listDead(pool, { listener: 'order' })).toEqual([]);
  });

  it('holds those whose event is gone, too', async () => {
    const id = await deliver({ listener: 'order.a', state: 'dead', failures: ['x'] });
    await database.query('delete from banyan.events where id = $1', [id]);
    const gone = { type: null, version: null, occurredAt: null, traceId: null };
    expect(await listDead(pool)).toEqual([
      expect.objectContaining({ eventId: id, ...gone, lastError: expect.anything() }),
    ]);
    expect(await countDead(pool)).toEqual([expect.objectContaining({ dead: 1 })]);
  });

  it('says so when the trace is not valid, or no attempt was recorded', async () => {
    const id = await deliver({
      listener: 'order.a',
      state: 'dead',
      failures: ['x'],
      traceparent: 'nonsense',
    });
    await database.query('delete from banyan.attempts where event_id = $1', [id]);
    expect(await listDead(pool)).toEqual([expect.objectContaining({ traceId: null, lastError: null })]);
  });
});

describe('the count of the dead', () => {
  it('is per listener, the most first, with the oldest and the newest', async () => {
    await deliver({ listener: 'order.a', state: 'dead', failures: ['x'], minute: 1 });
    await deliver({ listener: 'order.b', state: 'dead', failures: ['x'], minute: 2 });
    await deliver({ listener: 'order.b', state: 'dead', failures: ['x'], minute: 5 });
    await deliver({ listener: 'order.c', state: 'pending', failures: ['x'] });
    const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 12, minute));
    expect(await countDead(pool)).toEqual([
      { listener: 'order.b', dead: 2, oldest: at(2), newest: at(5) },
      { listener: 'order.a', dead: 1, oldest: at(1), newest: at(1) },
    ]);
    expect(await countDead(pool, { listener: 'order.a' })).toHaveLength(1);
  });
});
