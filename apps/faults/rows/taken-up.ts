import type { Bed } from '../stack/bed.js';

/** How long what a dead worker had taken may wait for others, in milliseconds: BullMQ alone would take 61 s. */
export const AGAIN_WITHIN_MS = 20_000;

const LEFT = `select from banyan.delivery_states d where event_id <= $1 and state = 'pending' and not exists (
  select from banyan.delivery_states h where h.listener = d.listener and h.key = d.key and h.event_id < d.event_id and h.state = 'dead')
limit 1`;

/**
 * Kills an app that works for the audit when it has taken a job, and waits until somebody has done all that was published before its death.
 * The time counts from when there is somebody who could: where nobody else works for its module, that is the process that follows it.
 *
 * @throws Error when that takes too long
 */
export async function killedAndTakenUp(bed: Bed, nth: number): Promise<void> {
  const app = bed.hostOf('audit');
  const before = app.deaths.length;
  await app.arm({ point: 'job taken', action: 'kill', nth });
  await bed.until(() => app.deaths.length > before, 'a job is taken', 60_000);
  bed.faults.push('kill at "job taken"');
  const [last] = await bed.query<{ id: string }>('select max(id) as id from banyan.published_events');
  await app.ready();
  const none = async () => (await bed.query(LEFT, [last?.id])).length === 0;
  await bed.until(none, 'what the killed worker was to do is done by others', AGAIN_WITHIN_MS);
}
