import type { Reader } from '../conservation/index.js';
import type { PersonalField } from '../events/personal.js';
import { readOrigin } from '../telemetry/origin.js';
import { type Blanked, blank } from './blank.js';

/** Who is erased: `customer:4711`. */
export interface Subject {
  readonly kind: string;
  readonly id: string;
}

/** It can't be done; the message says why, what was left as it is, and the cure. */
export class ErasureRefused extends Error {
  override readonly name = 'ErasureRefused';
}

/** An event of the subject, and what erasing makes of it. */
export interface Found extends Blanked {
  readonly id: string;
  readonly type: string;
  /** 32 hex digits; undefined where nobody of us wrote it. */
  readonly trace: string | undefined;
}

/** Events that are taken up at once, and erased in one transaction. */
const AT_ONCE = 500;
/** Stands in JSON as it is, whoever wrote it. */
const PLAIN_ID = /^[A-Za-z0-9_.@:-]+$/;
/** Ids that one statement looks at, so that none runs for long. */
const WINDOW = 50_000n;

const DECLARED = `select type, subject_kind as "subjectKind", subject_path as "subjectPath", field_path as "fieldPath", become
from banyan.personal_fields`;
const LEAVING = `select low::text, high::text from banyan.slices where leaving_at is not null order by low limit 1`;
const NEXT = `select min(id)::text as next, (select max(id)::text from banyan.events) as last from banyan.events where id > $1`;
// The paths only sort out what can't be meant: what stands behind a * is looked at more closely in the rows that are left. An id
// that no writer of JSON escapes stands in the text as it is, and to look for that is much cheaper than to read it.
const MATCHING = `select id::text, type, payload, traceparent from banyan.events e
where id >= $1 and id < $2 and type = any($3) and ($6 or strpos(payload::text, $7) > 0) and exists (
  select from json_to_recordset($4) as d(type text, plain text[], path text)
  where d.type = e.type and case when d.plain is not null then e.payload #>> d.plain = $7
    else jsonb_path_exists(e.payload::jsonb, d.path::jsonpath, $5::jsonb, true) end
) order by e.id limit ${AT_ONCE}`;

/** Reads `customer:4711`. @throws ErasureRefused when it is something else */
export function subjectOf(text: string): Subject {
  const [, kind, id] = /^([a-z][a-z0-9-]*):(.+)$/.exec(text) ?? [];
  if (kind && id) return { kind, id };
  throw new ErasureRefused(`"${text}" is no subject: say its kind and its id, as in customer:4711.`);
}

/**
 * Finds the events of a subject that are there when it begins, at most 500 at a time, the oldest first.
 *
 * @throws ErasureRefused when no application has declared what to erase of such a subject, or a slice is being dropped just now
 */
export async function* eventsOf(client: Reader, { kind, id }: Subject): AsyncGenerator<Found[]> {
  const all = (await client.query(DECLARED, [])).rows as PersonalField[];
  const fields = all.filter(({ subjectKind }) => subjectKind === kind);
  if (fields.length === 0) throw nothingDeclared(kind, all);
  const [leaving] = (await client.query(LEAVING, [])).rows as { low: string; high: string }[];
  if (leaving) {
    const which = `Events ${leaving.low} to ${leaving.high}`;
    throw new ErasureRefused(
      `${which} are being dropped just now: run this again in a minute, while an app runs.`,
    );
  }
  const types = [...new Set(fields.map(({ type }) => type))];
  const paths = pathsOf(fields);
  const wanted = JSON.stringify({ id, number: /^-?\d{1,15}$/.test(id) ? Number(id) : null });
  let end: bigint | undefined;
  for (let after = -1n; ; ) {
    const [{ next, last }] = (await client.query(NEXT, [after])).rows as [
      { next: string | null; last: string },
    ];
    end ??= next === null ? 0n : BigInt(last);
    if (next === null || BigInt(next) > end) return;
    const above = BigInt(next) + WINDOW;
    const { rows } = await client.query(MATCHING, [
      next,
      above,
      types,
      paths,
      wanted,
      !PLAIN_ID.test(id),
      id,
    ]);
    const found = (rows as { id: string; type: string; payload: unknown; traceparent: string }[]).flatMap(
      (row) => {
        const own = fields.filter(({ type }) => type === row.type);
        const blanked = blank(row.payload, own, id);
        const trace = readOrigin(row.traceparent).trace?.traceId;
        return blanked ? [{ id: row.id, type: row.type, trace, ...blanked }] : [];
      },
    );
    if (found.length > 0) yield found;
    after = rows.length < AT_ONCE ? above - 1n : BigInt((rows.at(-1) as { id: string }).id);
  }
}

/** Where to look in each type, each place once. */
function pathsOf(fields: readonly PersonalField[]): string {
  const places = fields.map(({ type, subjectPath }) => {
    const names = subjectPath.split('.');
    const star = names.indexOf('*');
    return star < 0 ? { type, plain: names } : { type, path: below(names.slice(0, star)) };
  });
  const once = new Map(places.map((place) => [JSON.stringify(place), place]));
  return JSON.stringify([...once.values()]);
}

/** Anywhere below, as a path of Postgres. */
function below(names: readonly string[]): string {
  return `$${names.map((name) => `.${JSON.stringify(name)}`).join('')}.** ? (@ == $id || @ == $number)`;
}

function nothingDeclared(kind: string, all: readonly PersonalField[]): ErasureRefused {
  const kinds = [...new Set(all.map(({ subjectKind }) => subjectKind))].sort();
  const known = kinds.length === 0 ? 'none is known' : `known are: ${kinds.join(', ')}`;
  return new ErasureRefused(
    `No event declares what of it is about a "${kind}" (${known}). Declare it with the event ("personal"), and start the application once.`,
  );
}
