import { stackWithCauses } from '../dead-letters/cause/stack-text.js';
import { asError } from '../telemetry/as-error.js';
import { formatTraceparent, inContext } from '../telemetry/call-context.js';
import { scrubText } from '../telemetry/scrub.js';
import { EndlessChain } from '../work/endless-chain.js';
import type { ModuleUnitOfWork } from '../work/module-unit-of-work.js';
import type { OpenUnit } from '../work/open-unit.js';
import { failedAttempt } from './attempt-span.js';
import { buriedIn, FarewellLost, sayFarewell } from './farewell.js';
import { deliveryContext } from './heard.js';
import type { Listener } from './listener.js';
import { LostRace, MOST_RACES, pauseAfter, raced } from './lost-race.js';
import { nameTheChain } from './name-the-chain.js';
import { CRASHES, type FailureKind, kindOf, retryIn } from './retry-policy.js';
import type { ClaimedRow } from './sql/claim.js';
import { countRaces } from './sql/count-races.js';
import type { Outcome } from './sql/lease.js';
import { recordFailure } from './sql/record-failure.js';
import { unitOf } from './unit-of.js';

/** Who runs here: every attempt is signed with it. */
export interface Identity {
  readonly app: string;
  readonly instance: string;
}

/** What became of a delivery that failed. */
export interface Verdict {
  readonly listener: string;
  readonly eventId: string;
  readonly kind: FailureKind;
  readonly attempt: number;
  readonly error: Error;
  /** Milliseconds until it is tried again; undefined: it is dead. */
  readonly retryInMs: number | undefined;
  /** It was refused, and its listener does not want that to be looked at. */
  readonly skipped: boolean;
}

/**
 * Records in `unit` that a delivery failed: it will be tried again, or it is dead and its listener's `whenDead` tells the
 * rest of the system, in the same unit.
 *
 * @param thrown what it failed of; or how its `whenDead` was lost before, which it is spared after the third time
 * @param outcome what is known of its calls to the outside world; undefined: no more than before
 * @returns undefined when the delivery was not this caller's any more: somebody else has settled it, or taken it over
 * @throws FarewellLost when `whenDead` has lost the unit: then it is gone, and this is to be recorded alone
 */
export async function recordVerdict(
  unit: OpenUnit,
  listener: Listener,
  row: ClaimedRow,
  thrown: unknown,
  identity: Identity,
  outcome?: Outcome,
): Promise<Verdict | undefined> {
  const races = await countRaces(unit, listener.name, row);
  const patient = races < MOST_RACES;
  const lost = thrown instanceof FarewellLost ? thrown : undefined;
  const reason = lost ? whatItDiedOf(lost) : asError(thrown);
  const error = patient && raced(reason) ? new LostRace(reason) : reason;
  const kind = kindOf(error);
  if (error instanceof EndlessChain) await nameTheChain(unit, listener, row, error);
  const attempt = row.attempts + 1;
  const retryInMs =
    error instanceof LostRace
      ? pauseAfter(races + 1, listener.options.backOff)
      : nextIn(kind, row, races, listener);
  const skipped = kind === 'refusal' && listener.options.refused === 'skipped';
  const context = deliveryContext(listener, row);
  const recorded = await recordFailure(unit, {
    listener: listener.name,
    eventId: row.event_id,
    attempt,
    kind,
    errorClass: storable(error.name),
    message: storable(error.message),
    stack: error.stack === undefined ? null : storable(stackWithCauses(error)),
    traceparent: formatTraceparent(context.trace),
    app: identity.app,
    instance: identity.instance,
    retryInMs,
    end: skipped ? 'skipped' : 'dead',
    lease: row.lease,
    outcome,
  });
  if (!recorded) return undefined;
  failedAttempt(row, unit, retryInMs);
  if (retryInMs === undefined && !skipped && !lost?.isLast && listener.options.whenDead) {
    const burial = { row, reason: error, identity };
    await inContext(context, () => sayFarewell(unit, listener, burial, lost, patient));
  }
  return { listener: listener.name, eventId: row.event_id, kind, attempt, error, retryInMs, skipped };
}

/**
 * Opens a unit in which deliveries may be buried.
 *
 * @param before what is recorded in it alone; a race that it loses is recorded first, before it counts against a `whenDead`
 * @throws FarewellLost when its commit is refused and a `whenDead` has run in it: that may have written what the commit checks
 */
export async function openToBury<T>(
  work: ModuleUnitOfWork,
  mode: ReturnType<typeof unitOf>,
  bury: (unit: OpenUnit) => Promise<T>,
  before?: unknown,
): Promise<T> {
  let unit: OpenUnit | undefined;
  try {
    return await work.open((opened) => {
      unit = opened;
      return bury(opened);
    }, mode);
  } catch (error) {
    const burial = unit && buriedIn(unit);
    if (!burial || error instanceof FarewellLost || (raced(error) && !raced(before))) throw error;
    const times = before instanceof FarewellLost ? before.times : 0;
    throw new FarewellLost(burial, asError(error), times + 1);
  }
}

/**
 * Like {@link recordVerdict}, in a unit of its own. Where the listener's `whenDead` loses a race in it, that is what is recorded: the delivery
 * is tried again, and not buried without a word. Where it loses the unit, it is run again, so often as that may be the database's trouble.
 */
export async function recordAlone(
  work: ModuleUnitOfWork,
  listener: Listener,
  row: ClaimedRow,
  thrown: unknown,
  identity: Identity,
  outcome?: Outcome,
): Promise<Verdict | undefined> {
  const once = (reason: unknown) =>
    openToBury(
      work,
      unitOf(listener),
      (unit) => recordVerdict(unit, listener, row, reason, identity, outcome),
      reason,
    );
  const record = (reason: unknown): Promise<Verdict | undefined> =>
    once(reason).catch((error: unknown) => {
      if (error instanceof FarewellLost) return record(error);
      throw error;
    });
  try {
    return await record(thrown);
  } catch (error) {
    if (!raced(error)) throw error;
    return record(error);
  }
}

function whatItDiedOf({ burial: { reason }, isLast, times, cause }: FarewellLost): Error {
  if (isLast)
    reason.message += ` (and its whenDead failed: it has lost its unit of work ${times} times, ${cause.message})`;
  return reason;
}

/** Crashes and lost races are no faults of the same kind: none uses up what the others are allowed. */
function nextIn(kind: FailureKind, row: ClaimedRow, races: number, listener: Listener): number | undefined {
  const { attempts, backOff, crashes = CRASHES } = listener.options;
  if (kind === 'crash') return row.crashes + 1 >= crashes ? undefined : 0;
  return retryIn(kind, row.attempts - row.crashes - races + 1, attempts, backOff);
}

/** Attempts are shown to people, so secrets stay out; Postgres' text holds no NUL, and nobody reads a message of a megabyte. */
function storable(text: string): string {
  return scrubText(text.replaceAll('\u0000', '\uFFFD').slice(0, 10_000));
}
