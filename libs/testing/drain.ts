import { setTimeout as pause } from 'node:timers/promises';
import type { TestDatabase } from './servers/test-database.js';

const PATIENCE_MS = 30_000;

/** Waits until no delivery can be done any more; those that wait behind a dead one of their key never can. */
export async function waitUntilDrained(database: TestDatabase, deadAllowed: boolean): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const dead = await database.query<{ what: string }>(
      `select d.listener || ' of ' || e.type || ' ' || e.id || ': ' || d.reason as what
       from banyan.deliveries d join banyan.events e on e.id = d.event_id where d.state = 'dead' order by d.event_id limit 10`,
    );
    if (dead.length > 0 && !deadAllowed) {
      throw new Error(`Deliveries died:\n${dead.map((row) => `  ${row.what}`).join('\n')}`);
    }
    const [pending] = await database.query<{ count: number; sample: string | null }>(
      `select count(*)::int as count, min(d.listener || ' ' || d.event_id || ' (attempts ' || d.attempts || ')') as sample
       from banyan.deliveries d where d.state = 'pending' and not exists (
         select from banyan.deliveries h where h.listener = d.listener and h.key = d.key and h.event_id < d.event_id
           and h.state = 'dead')`,
    );
    if (!pending?.count) return;
    if (Date.now() > end)
      throw new Error(
        `Still ${pending.count} deliveries pending after ${PATIENCE_MS} ms, one of them: ${pending.sample}`,
      );
    await pause(15);
  }
}
