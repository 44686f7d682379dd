import { asError } from '../telemetry/as-error.js';
import { limited } from '../work/limit.js';
import type { OpenUnit } from '../work/open-unit.js';
import { lostConnection } from '../work/transient.js';
import type { Identity } from './bury.js';
import { toHeard } from './heard.js';
import type { Listener } from './listener.js';
import { raced } from './lost-race.js';
import { STRIKES } from './retry-policy.js';
import type { ClaimedRow } from './sql/claim.js';

/** A delivery that is to be buried, and what it died of. */
export interface Burial {
  readonly row: ClaimedRow;
  readonly reason: Error;
  /** Whose attempt was the last. */
  readonly identity: Identity;
}

/** A listener's `whenDead` has lost the unit that was to bury the delivery: its connection, or its commit, which was refused. */
export class FarewellLost extends Error {
  override readonly name = 'FarewellLost';

  /** @param times in a row, for this delivery */
  constructor(
    readonly burial: Burial,
    override readonly cause: Error,
    readonly times: number,
  ) {
    super(`whenDead has lost its unit of work: ${cause.message}`);
  }

  /** So often that it is its own doing: the delivery is dead without it. */
  get isLast(): boolean {
    return this.times >= STRIKES;
  }
}

const burials = new WeakMap<OpenUnit, Burial>();

/** What a farewell was said to in `unit`, the latest: where its commit is refused, that may be the farewell's doing. */
export function buriedIn(unit: OpenUnit): Burial | undefined {
  return burials.get(unit);
}

/**
 * Runs a listener's `whenDead`. One that fails, or takes longer than its listener may, must not keep the delivery alive: what it did is
 * undone, and its error goes into the log with the delivery's own.
 *
 * @param before how it was lost the last time
 * @param patient whether a lost race may be the database's trouble still: then the whole unit is run again
 * @throws FarewellLost when the unit is gone
 */
export async function sayFarewell(
  unit: OpenUnit,
  listener: Listener,
  burial: Burial,
  before: FarewellLost | undefined,
  patient: boolean,
): Promise<void> {
  const { row, reason } = burial;
  const mark = unit.mark();
  await unit.command('SAVEPOINT farewell');
  try {
    const farewell = async () => listener.options.whenDead?.(toHeard(listener, row), unit, reason);
    await limited(`whenDead of ${listener.name}`, listener.deadlineMs, farewell);
    await unit.command('RELEASE SAVEPOINT farewell'); // finds what it has not waited for, or kept to itself
    burials.set(unit, burial);
  } catch (thrown) {
    if (patient && raced(thrown)) throw thrown;
    unit.backTo(mark);
    if (lostConnection(thrown) || !(await isUndone(unit)))
      throw new FarewellLost(burial, asError(thrown), (before?.times ?? 0) + 1);
    reason.message += ` (and its whenDead failed: ${asError(thrown).message})`;
  }
}

function isUndone(unit: OpenUnit): Promise<boolean> {
  return unit.command('ROLLBACK TO SAVEPOINT farewell').then(
    () => true,
    () => false,
  );
}
