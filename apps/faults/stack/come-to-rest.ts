import type { Bed } from './bed.js';
import type { Quiet } from './quiet.js';

const CONVICTED = `select d.listener, d.event_id from banyan.delivery_states d
join banyan.published_events e on e.id = d.event_id
where d.state = 'dead' and d.reason like 'crash:%' and not (d.listener = 'audit.picky' and e.payload ->> 'mood' like 'poison%')`;

/**
 * Waits until nothing moves any more, and decides as an operator would about what was at work when a process was killed from outside,
 * twice: no platform can tell it from what kills its process, so it is put aside, and a replay is the cure. Then waits again.
 *
 * @param options.jobs whether BullMQ's jobs must be gone, too
 */
export async function comeToRest(bed: Bed, options = { jobs: false }): Promise<Quiet> {
  const rest = await bed.rest(undefined, options);
  const convicted = await bed.query<{ listener: string; event_id: string }>(CONVICTED);
  if (convicted.length === 0) return rest;
  for (const { listener, event_id } of convicted) await bed.decide('replay', listener, event_id);
  return bed.rest(undefined, options);
}
