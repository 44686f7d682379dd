import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { type TestDatabase, testDatabase } from '#testing';
import type { EventWriter } from '../../work/event-writer.js';
import type { OpenUnit } from '../../work/open-unit.js';
import { UnitsOfWork } from '../../work/units-of-work.js';
import { type ClaimedLane, claimLane } from './claim.js';

const LANE = { listener: 'seller.note', partition: 0 };
const DELIVER = `with e as (insert into banyan.events (id, type, version, module, payload, traceparent) overriding system value
  values ($1, 'T', 1, 'cart', '{}', '') returning id)
insert into banyan.deliveries (listener, event_id, partition, key) select 'seller.note', id, 0, 'k' from e`;

let database: TestDatabase;
let source: DataSource;
let other: Client;
beforeEach(async () => {
  database = await testDatabase();
  const options = { type: 'postgres', url: database.url, installExtensions: false } as const;
  source = await new DataSource({ ...options, extra: { pipeline: true } }).initialize();
  other = new Client({ connectionString: database.url });
  await other.connect();
  await other.query(
    `insert into banyan.listeners (name, module, ordered, partitions) values ('seller.note', 'seller', true, 1)`,
  );
  await other.query('select banyan.end_slice()');
  await other.query('update banyan.work_floor set low = 1000000');
  await other.query(DELIVER, [1_000_001]);
});
afterEach(async () => {
  await source.destroy();
  await other.end();
  await database.drop();
});

function claim(): Promise<ClaimedLane> {
  const known = { types: ['T'], versions: [1] };
  const units = new UnitsOfWork(source, undefined as unknown as EventWriter); // nothing is published
  return units.of('seller').run((unit) => claimLane(unit as OpenUnit, LANE, known, 10, 'this instance'));
}
const ids = ({ rows }: ClaimedLane) => rows.map(({ event_id }) => event_id);

it('never takes what is above the floor before what was made pending below it meanwhile', async () => {
  expect(ids(await claim())).toEqual(['1000001']); // and now this process has the floor in mind
  await other.query('begin');
  await other.query('lock table banyan.deliveries in access exclusive mode');
  const claiming = claim(); // has read the floor already when it comes to the deliveries
  const waits = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  while ((await other.query(waits)).rowCount === 0);
  await other.query('select banyan.look_down_to(1)');
  await other.query(DELIVER, [1]);
  await other.query('commit');
  expect(ids(await claiming)).toEqual([]);
  expect(ids(await claim())).toEqual(['1', '1000001']);
});
