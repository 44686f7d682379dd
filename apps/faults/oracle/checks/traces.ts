import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { bySql, type Check } from '../check.js';
import { linesOf } from '../history.js';

const TRACE = (column: string) => `split_part(${column}, '-', 2)`;

/** O13: one trace from the client's request to the last effect, and to every line that was written on the way. */
export const traces: readonly Check[] = [
  bySql(
    'O13 client to event',
    'an event carries the trace of the request that published it',
    `select e.id, e.traceparent, h.trace from banyan.published_events e join h on h.op_id = (e.payload ->> 'opId')::uuid
     where ${TRACE('e.traceparent')} <> h.trace`,
  ),
  bySql(
    'O13 event to effect',
    'a listener works under the trace of the event that it hears',
    `select f.listener, f.event_id, f.trace from oracle.effect f join banyan.published_events e on e.id = f.event_id
     where f.trace is distinct from ${TRACE('e.traceparent')}`,
  ),
  bySql(
    'O13 attempts',
    'no effect is there without a call of its listener',
    `select f.listener, f.event_id from oracle.effect f
     where not exists (select from attempt a where a.listener = f.listener and a.event_id = f.event_id)`,
  ),
  {
    name: 'O13 lines',
    says: 'every line about a delivery carries its trace, and every line has the one shape',
    find: async ({ client, folder }) => {
      const traceOf = new Map<string, string>();
      const { rows } = await client.query<{ id: string; trace: string }>(
        `select id, ${TRACE('traceparent')} as trace from banyan.published_events`,
      );
      for (const { id, trace } of rows) traceOf.set(id, trace);
      return lines(folder).filter((line) => !isShaped(line) || !isTraced(line, traceOf));
    },
  },
];

interface Line {
  readonly time?: unknown;
  readonly level?: unknown;
  readonly app?: unknown;
  readonly instance?: unknown;
  readonly message?: unknown;
  readonly trace?: unknown;
  readonly data?: { readonly event?: unknown };
}

function lines(folder: string): Line[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.lines.ndjson'))
    .flatMap((name) => linesOf(join(folder, name)));
}

function isShaped({ time, level, app, instance, message }: Line): boolean {
  return [time, level, app, instance, message].every((field) => typeof field === 'string');
}

/** Lines that name the event they are about; those of the start, the sweep and the like are about none. */
function isTraced({ trace, data }: Line, traceOf: ReadonlyMap<string, string>): boolean {
  const event = data?.event;
  if (typeof event !== 'string') return true;
  const wanted = traceOf.get(event);
  return wanted === undefined || trace === wanted;
}
