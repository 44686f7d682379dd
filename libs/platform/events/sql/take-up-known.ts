import type { Listener } from '../listener.js';
import { versioned } from '../versions.js';
import type { Statements } from './find-overdue.js';

// The partial index of what waits is empty almost always: a look costs 0.1 ms.
const TAKE_UP = `update banyan.deliveries d set waits_for = null
from unnest($1::text[], $2::text[]) as k(listener, event)
where d.waits_for is not null and d.state = 'pending' and d.listener = k.listener and d.waits_for = k.event`;

/**
 * Takes up what other code has left since it did not know the event or its version, and this code knows. While both run, the
 * other may leave it once more, and this takes it up again a second later.
 */
export async function takeUpKnown(source: Statements, listeners: readonly Listener[]): Promise<void> {
  const known = listeners.flatMap(({ name, types }) =>
    types.flatMap((type) =>
      Array.from({ length: type.version }, (_, n) => ({ name, event: versioned(type.type, n + 1) })),
    ),
  );
  if (known.length === 0) return;
  await source.query(TAKE_UP, [known.map(({ name }) => name), known.map(({ event }) => event)]);
}
