import { setTimeout as pause } from 'node:timers/promises';
import type { Reader } from '../conservation/index.js';
import { ListenerRefused } from './pause.js';

/** How draining a listener ended. */
export interface Drained {
  /** `empty`: nothing waits. `stuck`: what is left can't go on by itself. `late`: the time was over. */
  readonly outcome: 'empty' | 'stuck' | 'late';
  readonly pending: number;
  /** Of those, what waits behind a dead delivery of its key, or for code that knows it. */
  readonly stuck: number;
}

const EVERY_MS = 200;

const WAITING = `select l.paused_at is not null as paused, p.pending, p.stuck
from banyan.listeners l cross join lateral (
  select count(*)::int as pending, count(*) filter (where d.waits_for is not null or d.key is not null and exists (
    select from banyan.deliveries h where h.listener = d.listener and h.key = d.key and h.event_id < d.event_id
      and (h.attempts > 0 or h.waits_for is not null) and h.state in ('pending', 'dead')
      and (h.state = 'dead' or h.waits_for is not null)))::int as stuck
  from banyan.deliveries d where d.listener = l.name and d.state = 'pending') p
where l.name = $1`;

/**
 * Waits until nothing is pending for a listener: before it is removed, or its module goes. It does not keep publishers from adding more.
 *
 * @param options.withinMs longest wait, in milliseconds
 * @param options.told shown how much is left, again and again
 * @throws ListenerRefused when there is no such listener, or it is paused
 */
export async function drain(
  client: Reader,
  name: string,
  options: { withinMs: number; told?: (pending: number) => void },
): Promise<Drained> {
  for (const end = performance.now() + options.withinMs; ; await pause(EVERY_MS)) {
    const [row] = (await client.query(WAITING, [name])).rows as ({ paused: boolean } & Omit<
      Drained,
      'outcome'
    >)[];
    if (!row) throw new ListenerRefused(`There is no listener ${name}: see \`banyan listeners\`.`);
    const { paused, pending, stuck } = row;
    if (pending === 0) return { outcome: 'empty', pending, stuck };
    if (paused)
      throw new ListenerRefused(
        `${name} is paused, so it never drains: first \`banyan listeners resume ${name}\`.`,
      );
    if (stuck === pending) return { outcome: 'stuck', pending, stuck };
    if (performance.now() > end) return { outcome: 'late', pending, stuck };
    options.told?.(pending);
  }
}
