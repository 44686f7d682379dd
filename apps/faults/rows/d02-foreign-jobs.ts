import { inQueueOf } from '../servers/wake-queue.js';
import type { Bed } from '../stack/bed.js';
import { crowding } from '../stack/crowding.js';
import { holds, type Row } from './row.js';

/** Everything that gives up must be seen within this, in milliseconds. */
const SEEN_WITHIN_MS = 5_000;

/** What each of the jobs below is told to be. */
const REASONS = ['no such lane', 'no such listener', 'no wake-up', 'no wake-up'];

export const d2: Row = {
  name: 'D2',
  injects:
    'jobs that nobody of ours has made: bytes that are no JSON (Redis), no data, a listener and a lane that do not exist',
  holds:
    'no worker dies or stands still of them, no delivery suffers, and each is among the dead letters within 5 s, where it can be discarded',
  inject: async (bed) => {
    const options = { removeOnComplete: true, removeOnFail: true };
    await inQueueOf(bed, 'audit', async (queue) => {
      await queue.add('foreign', null, options);
      await queue.add('foreign', { listener: 'nobody.listens', partition: 0 }, options);
      await queue.add('foreign', { listener: 'audit.chain', partition: 77 }, options);
      await queue.add('foreign', { listener: { $: '<img onerror=1>' }, partition: 'x' }, options);
    });
    if (bed.backend === 'redis') await damagedJob(bed);
    const reasons = bed.backend === 'redis' ? ['damaged', ...REASONS] : REASONS;
    bed.faults.push(...reasons.map((reason) => `a foreign job: ${reason}`));
    const added = Date.now();
    const strays = () => bed.query<{ first_at: Date }>('select first_at from banyan.stray_jobs');
    await bed.until(
      async () => (await strays()).length >= reasons.length,
      'every foreign job is among the dead letters',
    );
    const late = Math.max(...(await strays()).map(({ first_at }) => first_at.getTime() - added));
    holds(
      late <= SEEN_WITHIN_MS * crowding(),
      `A foreign job was among the dead letters only after ${late} ms.`,
    );
    await areShown(bed, reasons);
    await bed.clients.done(60);
    holds(bed.deaths() === 0, `${bed.deaths()} processes have died of foreign jobs.`);
  },
};

/** Looks at them, and discards one, as an operator does. */
async function areShown(bed: Bed, reasons: readonly string[]): Promise<void> {
  const list = async () =>
    JSON.parse((await bed.banyan('dead-letters', 'list', '--listener', 'transport', '--json')).printed) as {
      total: number;
      strays: { id: string; reason: string; queue: string }[];
    };
  const { total, strays } = await list();
  const seen = strays.map(({ reason }) => reason).sort();
  holds(
    seen.join() === reasons.join(),
    `The dead letters tell of ${seen.join(', ')}, not ${reasons.join(', ')}.`,
  );
  const replayed = await bed.banyan('dead-letters', 'replay', 'transport', strays[0]?.id ?? '');
  holds(replayed.code === 2, `A foreign job could be replayed: ${replayed.printed}`);
  const discarded = await bed.banyan(
    'dead-letters',
    'discard',
    'transport',
    strays[0]?.id ?? '',
    '--reason',
    'D2',
  );
  holds(discarded.code === 0, `A foreign job can't be discarded: ${discarded.printed}`);
  holds((await list()).total === total - 1, 'What was discarded is among the dead letters still.');
}

/** Bytes where BullMQ expects JSON, by its own keys. */
async function damagedJob(bed: Bed): Promise<void> {
  const key = (part: string) => `banyan:wake-audit:${part}`;
  const { direct } = bed.servers.redis;
  await direct.hset(key('damaged'), {
    name: 'damaged',
    data: Buffer.from([0xff, 0xfe, 0x7b]),
    opts: '{not json',
    timestamp: '1',
  });
  await direct.lpush(key('wait'), 'damaged');
  await direct.zadd(key('marker'), 0, '0'); // as BullMQ's own scripts tell a worker that there is something
}
