/** One system, in a process of its own, told over IPC what to do. Ends with whoever started it. */
import { Banyan } from './banyan.js';
import { BullMq, onPostgres, onRedis } from './bullmq.js';
import type { Engine } from './engine.js';
import { Graphile } from './graphile.js';
import { NaiveOutbox } from './outbox.js';
import { PgBossEngine } from './pg-boss.js';
import type { Task } from './task.js';
import { perform } from './work.js';

/** The systems by name. */
const ENGINES: Record<string, (database: string, redis: string) => Promise<Engine>> = {
  'bullmq-redis': (database, redis) => BullMq.start(onRedis(redis), database),
  'bullmq-postgres': async (database) => BullMq.start(await onPostgres(database), database),
  outbox: (database, redis) => NaiveOutbox.start(database, redis),
  'pg-boss': (database) => PgBossEngine.start(database),
  graphile: (database) => Graphile.start(database),
  'banyan-redis': (database, redis) => Banyan.start(database, redis),
  'banyan-postgres': (database) => Banyan.start(database, ''),
};

const [name = '', database = '', redis = ''] = process.argv.slice(2);
const start = ENGINES[name];
if (!start) throw new Error(`There is no system "${name}".`);
const engine = await start(database, redis);

process.on('message', (task: Task) => {
  perform(engine, task).then(
    (done) => process.send?.({ done }),
    (error: unknown) => process.send?.({ error: error instanceof Error ? error.stack : String(error) }),
  );
});
process.once('disconnect', () => {
  void engine.close().finally(() => process.exit());
});
process.send?.({ ready: true });
