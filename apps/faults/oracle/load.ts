import type { Client } from 'pg';
import type { Asked, Attempted } from './history.js';

/** Puts history and attempts into tables of this session, for the checks that are statements. */
export async function load(
  client: Client,
  history: readonly Asked[],
  attempts: readonly Attempted[],
): Promise<void> {
  await client.query(`create temp table h (op_id uuid, f text, type text, trace text, mood text, changes boolean);
    create temp table attempt (at timestamptz, listener text, event_id bigint);`);
  await insert(
    client,
    'h',
    'op_id uuid, f text, type text, trace text, mood text, changes boolean',
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
    changes: appends === undefined || appends.length > 0,
  };
}
