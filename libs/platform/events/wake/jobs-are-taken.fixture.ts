import { Queue } from 'bullmq';
import { waitUntil } from '../../embedded/wait-until.js';

/** What an app may take until it works with its Redis again, in milliseconds. */
const HEALED_WITHIN_MS = 30_000;

/** Waits for a fact that comes when an app has healed. @throws Error when it does not come */
export async function until(fact: () => Promise<boolean> | boolean): Promise<void> {
  if (!(await waitUntil(fact, HEALED_WITHIN_MS))) throw new Error(`It never came to be that ${fact}`);
}

/**
 * Resolves once the workers of the seller's module have taken a job from this server: they wait there for wake-ups. It leads into a
 * lane in which there is nothing to do.
 */
export async function jobsAreTaken(url: string): Promise<void> {
  const { hostname, port } = new URL(url);
  const queue = new Queue('wake-seller', {
    connection: { host: hostname, port: Number(port), maxRetriesPerRequest: 1 },
    prefix: 'banyan',
  });
  queue.on('error', () => undefined); // what is asked of it reports it
  const options = { removeOnComplete: true, removeOnFail: true };
  try {
    const { id } = await queue.add('looked for', { listener: 'seller.in-order', partition: 0 }, options);
    await until(async () => (await queue.getJob(id as string)) === undefined);
  } finally {
    await queue.disconnect();
  }
}
