import type { OpenUnit } from '../../work/open-unit.js';

/** What a lane may begin now. */
export interface Grant {
  /** So many deliveries. */
  readonly granted: number;
  /** When one more may begin, in milliseconds. */
  readonly nextInMs: number;
}

// What has been saved up by now: a second's worth at most, and never less than one. Clocks of statements may overtake each other.
const SAVED = `least($3::float8, p.saved + $2::float8 * greatest(0, extract(epoch from statement_timestamp() - p.at)::float8))`;
const GRANTED = `least($4::int, floor(${SAVED})::int)`;

const TAKE = `insert into banyan.paces as p (listener, saved, granted, at)
values ($1, $3::float8 - least($4::int, floor($3::float8)::int), least($4::int, floor($3::float8)::int), statement_timestamp())
on conflict (listener) do update
  set saved = ${SAVED} - ${GRANTED}, granted = ${GRANTED}, at = greatest(p.at, statement_timestamp())
returning granted, saved`;

const RETURN = 'update banyan.paces set saved = least($2::float8, saved + $3::int) where listener = $1';

/**
 * Takes from what a listener may begin now, over all lanes and processes. In a unit of its own: the row is locked for a moment only.
 *
 * @param most takes no more than that
 */
export async function takePace(
  unit: OpenUnit,
  listener: string,
  perSecond: number,
  most: number,
): Promise<Grant> {
  const [row] = await unit.query<{ granted: number; saved: number }>(TAKE, [
    listener,
    perSecond,
    cap(perSecond),
    most,
  ]);
  if (!row) throw new Error(`The pace of ${listener} could not be read: no row came back.`);
  return { granted: row.granted, nextInMs: Math.max(0, ((1 - row.saved) / perSecond) * 1_000) };
}

/** Gives back what was taken and not begun. */
export async function returnPace(
  unit: OpenUnit,
  listener: string,
  perSecond: number,
  unused: number,
): Promise<void> {
  await unit.execute(RETURN, [listener, cap(perSecond), unused]);
}

function cap(perSecond: number): number {
  return Math.max(1, perSecond);
}
