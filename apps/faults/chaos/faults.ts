import type { Random } from '../../bench/drive/random.js';
import type { Backend, Bed } from '../stack/bed.js';

/** A fault that may come at any time. It heals what it has broken before it returns. */
export interface ChaosFault {
  readonly name: string;
  /** How often it is drawn, beside the others. */
  readonly weight: number;
  readonly on?: Backend;
  strike(bed: Bed, random: Random): Promise<void>;
}

const POINTS = [
  'request about to commit',
  'request committed',
  'events written',
  'lanes taken for announcing',
  'half of the jobs added',
  'jobs added',
  'job taken',
  'effect written',
  'delivery committed',
  'called out',
  'failure recorded',
];

/** Everything that chaos draws from. */
export const CHAOS: readonly ChaosFault[] = [
  {
    name: 'kill an app',
    weight: 6,
    strike: async (bed, random) => {
      const app = random.pick(bed.apps);
      await app.kill();
      await app.ready();
    },
  },
  {
    name: 'kill at a named place',
    weight: 6,
    strike: async (bed, random) => {
      const app = random.pick(bed.apps);
      const before = app.deaths.length;
      await app.arm({ point: random.pick(POINTS), action: 'kill', nth: random.int(1, 5) });
      await bed.until(() => app.deaths.length > before, 'it is reached', 4_000).catch(() => undefined); // rare places may not be
      await app.ready();
    },
  },
  {
    name: 'kill all apps at once',
    weight: 2,
    strike: async (bed) => {
      await Promise.all(bed.apps.map((app) => app.kill()));
      await Promise.all(bed.apps.map((app) => app.ready()));
    },
  },
  {
    name: 'freeze an app',
    weight: 3,
    strike: async (bed, random) => {
      const app = random.pick(bed.apps);
      app.signal('SIGSTOP');
      await bed.after(random.int(500, 4_000), undefined);
      app.signal('SIGCONT');
    },
  },
  {
    name: 'stop an app in good order, and start it again',
    weight: 2,
    strike: async (_bed, random) => {
      const app = random.pick(_bed.apps);
      await app.stop();
      await app.startAgain();
    },
  },
  {
    name: 'crash Postgres',
    weight: 3,
    strike: (bed) => bed.crashPostgres(),
  },
  {
    name: 'end sessions',
    weight: 3,
    strike: async (bed, random) => {
      await bed.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and application_name <> 'faults' order by random() limit $1`,
        [random.int(1, 8)],
      );
    },
  },
  {
    name: 'BullMQ forgets everything',
    weight: 3,
    strike: (bed) => bed.forgetJobs(),
  },
  {
    name: 'lose answers of Postgres',
    weight: 2,
    strike: async (bed, random) => {
      bed.toPostgres.make({ dropReplyPercent: 0.5, resetPercent: 0.5 });
      await bed.after(random.int(500, 3_000), undefined);
      bed.toPostgres.make({});
    },
  },
  {
    name: 'a slow way to Postgres',
    weight: 2,
    strike: async (bed, random) => {
      bed.toPostgres.make({ delayMs: 20, jitterMs: random.int(10, 60) });
      await bed.after(random.int(500, 3_000), undefined);
      bed.toPostgres.make({});
    },
  },
  {
    name: 'no way to Postgres',
    weight: 2,
    strike: async (bed, random) => {
      bed.toPostgres.make({ blackHole: true });
      await bed.after(random.int(500, 4_000), undefined);
      bed.toPostgres.make({});
    },
  },
  {
    name: 'kill Redis',
    weight: 4,
    on: 'redis',
    strike: async (bed, random) => {
      await bed.servers.redis.kill();
      await bed.after(random.int(100, 2_000), undefined);
      await bed.servers.redis.launch();
    },
  },
  {
    name: 'silence Redis',
    weight: 3,
    on: 'redis',
    strike: async (bed, random) => {
      bed.servers.redis.signal('SIGSTOP');
      await bed.after(random.int(500, 5_000), undefined);
      bed.servers.redis.signal('SIGCONT');
    },
  },
  {
    name: 'lose answers of Redis',
    weight: 3,
    on: 'redis',
    strike: async (bed, random) => {
      bed.toRedis.make({ dropReplyPercent: 2, resetPercent: 2 });
      await bed.after(random.int(500, 3_000), undefined);
      bed.toRedis.make({});
    },
  },
];
