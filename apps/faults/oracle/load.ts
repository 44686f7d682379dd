import type { Client } from 'pg';
import type { Asked, Attempted, Decided } from './history.js';

/** Puts history, attempts and decisions into tables of this session, for the checks that are statements. */
export async function load(
  client: Client,
  history: readonly Asked[],
  attempts: readonly Attempted[],
  decisions: readonly Decided[],
): Promise<void> {
  await client.query(`create temp table h (op_id uuid, f text, type text, trace text, mood text, changes boolean, amount int);
    create temp table attempt (at timestamptz, listener text, event_id bigint);
    create temp table decision (n int, action text, listener text, event_id bigint, acknowledged boolean);`);
  await insert(
    client,
    'h',
    'op_id uuid, f text, type text, trace text, mood text, changes boolean, amount int',
    history.map(toRow),
  );
  await insert(
    client,
    'attempt',
    'at timestamptz, listener text, event_id bigint',
    attempts.map(({ at, listener, event }) => ({
      at: new Date(at).toISOString(),
      listener,
      event_id: event,
    })),
  );
  await insert(
    client,
    'decision',
    'n int, action text, listener text, event_id bigint, acknowledged boolean',
    decisions.map(({ event, ...decided }, n) => ({ ...decided, n, event_id: event })),
  );
  await client.query('create index on attempt (listener, event_id); analyze h; analyze attempt');
}

async function insert(
  client: Client,
  table: string,
  columns: string,
  rows: readonly object[],
): Promise<void> {
  await client.query(`insert into ${table} select * from json_to_recordset($1) as t(${columns})`, [
    JSON.stringify(rows),
  ]);
}

function toRow({ opId, f, type, trace, args }: Asked) {
  const appends = args['append'] as unknown[] | undefined;
  return {
    op_id: opId,
    f,
    type,
    trace,
    mood: args['mood'],
    amount: args['amount'] ?? args['quantity'],
    changes: appends === undefined || appends.length > 0,
  };
}
