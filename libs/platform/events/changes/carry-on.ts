import type { DataSource, EntityManager } from 'typeorm';
import type { Listener } from '../listener.js';
import { backfill } from './backfill.js';
import { moveDeliveries, takeAllLanes } from './move-deliveries.js';
import { noteWriters, someoneWrites } from './writers.js';

/** What a step came to: `wait`, somebody else has to end something first; `more`, go on; `done`, the change is complete. */
export type Step = 'wait' | 'more' | 'done';

const CHANGE = `select kind, former, writers is not null as noted from banyan.listener_changes
where listener = $1 and pg_try_advisory_xact_lock(hashtext('change'), hashtext($1)) order by kind = 'backfill', begun_at limit 1`;

const END = `with ended as (
  delete from banyan.listener_changes where listener = $1 and kind = $2 returning former, position, types
)
insert into banyan.listener_actions (listener, action, who, why, details)
select $1, $2, $3, 'complete', to_json(ended) from ended`;

// Ordered listeners may hear what has been given them so far; with any other change under way, nothing.
const OPEN = `update banyan.listeners l set horizon = case
  when exists (select from banyan.listener_changes c where c.listener = l.name and c.kind <> 'backfill') then 0
  else (select case when l.ordered then c.position + 1 end from banyan.listener_changes c where c.listener = l.name and c.kind = 'backfill') end
where l.name = $1`;

interface Change {
  readonly kind: 'lanes' | 'rename' | 'backfill';
  readonly former: string | null;
  readonly noted: boolean;
}

/**
 * Does the next step of what is under way for a listener, in a transaction of its own; one process at a time. Killed anywhere, it is
 * gone on with by whoever looks next.
 *
 * @param who signs for it
 */
export function carryOn(source: DataSource, listener: Listener, who: string): Promise<Step> {
  return source.transaction(async (manager) => {
    const [change]: Change[] = await manager.query(CHANGE, [listener.name]);
    if (!change) return 'wait';
    if (!change.noted) {
      await noteWriters(manager, listener.name);
      return 'more';
    }
    if (await someoneWrites(manager, listener.name)) return 'wait';
    const step = await stepOf(manager, listener, change);
    if (step === 'done') await manager.query(END, [listener.name, change.kind, who]);
    if (step !== 'wait') await manager.query(OPEN, [listener.name]);
    return step;
  });
}

async function stepOf(
  source: EntityManager,
  { name, style }: Listener,
  { kind, former }: Change,
): Promise<Step> {
  if (kind === 'backfill') return backfill(source, name);
  const from = former ?? name;
  if (!(await takeAllLanes(source, from))) return 'wait';
  return moveDeliveries(source, from, name, style === 'outside' && from !== name);
}
