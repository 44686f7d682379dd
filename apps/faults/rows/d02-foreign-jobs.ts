import { inQueueOf } from '../servers/wake-queue.js';
import type { Bed } from '../stack/bed.js';
import { holds, type Row } from './row.js';

export const d2: Row = {
  name: 'D2',
  injects:
    'jobs that nobody of ours has made: bytes that are no JSON (Redis), no data, a listener and a lane that do not exist',
  holds: 'no worker dies or stands still of them, and no delivery suffers',
  inject: async (bed) => {
    const options = { removeOnComplete: true, removeOnFail: true };
    await inQueueOf(bed, 'audit', async (queue) => {
      await queue.add('foreign', null, options);
      await queue.add('foreign', { listener: 'nobody.listens', partition: 0 }, options);
      await queue.add('foreign', { listener: 'audit.chain', partition: 77 }, options);
      await queue.add('foreign', { listener: { $: '<img onerror=1>' }, partition: 'x' }, options);
    });
    if (bed.backend === 'redis') await damagedJob(bed);
    bed.faults.push(...Array<string>(bed.backend === 'redis' ? 5 : 4).fill('a foreign job'));
    await bed.clients.done(60);
    holds(bed.deaths() === 0, `${bed.deaths()} processes have died of foreign jobs.`);
  },
};

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
}
