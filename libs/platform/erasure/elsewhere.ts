import type { Reader } from '../conservation/index.js';
import { ERASED } from '../events/personal.js';
import type { Words } from './words.js';

/** What the platform's own tables say of a subject at events of others. */
export interface ElsewhereCounts {
  readonly attempts: number;
  readonly reasons: number;
  readonly actions: number;
}

/** Ids that one statement looks at. */
const WINDOW = 50_000n;

const NEXT = `select min(id)::text as next from banyan.events where id >= $1`;
const IN_WINDOW = 'event_id >= $1 and event_id < $2 and not event_id = any($4::bigint[])';
const LISTENERS = `listener = any (select name from banyan.listeners union select distinct listener from banyan.subscriptions)`;

const ATTEMPTS = `${IN_WINDOW} and (message ~* $3 or stack ~* $3)`;
const REASONS = `${LISTENERS} and ${IN_WINDOW} and reason ~* $3`;
const ACTIONS = `${IN_WINDOW} and (why ~* $3 or reason_before ~* $3)`;
const replaced = (column: string) => `${column} = regexp_replace(${column}, $3, '${ERASED}', 'gi')`;

const STATEMENTS = {
  attempts: ['banyan.attempts', ATTEMPTS, `${replaced('message')}, ${replaced('stack')}`],
  reasons: ['banyan.deliveries', REASONS, replaced('reason')],
  actions: ['banyan.dead_letter_actions', ACTIONS, `${replaced('why')}, ${replaced('reason_before')}`],
} as const;

/**
 * Looks through the texts of attempts, of deliveries, and of what people did about dead letters, at whatever event, 50,000 events to a
 * transaction, and takes a subject's words out of them where `order` is given.
 *
 * @param own events whose texts are dropped whole later, in the order of their ids
 * @param order.record called in the transaction that has changed something
 */
export async function eraseAtOthers(
  client: Reader,
  words: Words,
  own: readonly string[],
  order?: { record(counts: ElsewhereCounts): Promise<void> },
): Promise<ElsewhereCounts> {
  const sum = { attempts: 0, reasons: 0, actions: 0 };
  if (words.none) return sum;
  for (let from = 0n; ; from += WINDOW) {
    const [{ next }] = (await client.query(NEXT, [from])).rows as [{ next: string | null }];
    if (next === null) return sum;
    from = BigInt(next);
    const within = own.filter((id) => BigInt(id) >= from && BigInt(id) < from + WINDOW);
    await client.query('begin', []);
    try {
      await client.query(`select set_config('banyan.erases', 'on', true)`, []);
      const counts = await eraseWindow(
        client,
        [from, from + WINDOW, words.pattern, within],
        order !== undefined,
      );
      if (order && counts.attempts + counts.reasons + counts.actions > 0) await order.record(counts);
      await client.query('commit', []);
      for (const what of ['attempts', 'reasons', 'actions'] as const) sum[what] += counts[what];
    } catch (error) {
      await client.query('rollback', []).catch(() => undefined); // the connection is gone, and the transaction with it
      throw error;
    }
  }
}

async function eraseWindow(client: Reader, values: unknown[], apply: boolean): Promise<ElsewhereCounts> {
  const count = async ([table, where, set]: readonly [string, string, string]) => {
    const changed = apply
      ? `with changed as (update ${table} set ${set} where ${where} returning 1) select count(*)::int as n from changed`
      : `select count(*)::int as n from ${table} where ${where}`;
    return ((await client.query(changed, values)).rows as [{ n: number }])[0].n;
  };
  return {
    attempts: await count(STATEMENTS.attempts),
    reasons: await count(STATEMENTS.reasons),
    actions: await count(STATEMENTS.actions),
  };
}
