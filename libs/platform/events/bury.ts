import { stackWithCauses } from '../dead-letters/cause/stack-text.js';
import { asError } from '../telemetry/as-error.js';
import { formatTraceparent, inContext } from '../telemetry/call-context.js';
import { scrubText } from '../telemetry/scrub.js';
import { EndlessChain } from '../work/endless-chain.js';
import { limited } from '../work/limit.js';
import type { ModuleUnitOfWork } from '../work/module-unit-of-work.js';
import type { OpenUnit } from '../work/open-unit.js';
import { lostConnection } from '../work/transient.js';
import { failedAttempt } from './attempt-span.js';
import { deliveryContext, toHeard } from './heard.js';
import { type Listener, unitOf } from './listener.js';
import { LostRace, MOST_RACES, pauseAfter, raced } from './lost-race.js';
import { nameTheChain } from './name-the-chain.js';
import { CRASHES, type FailureKind, kindOf, retryIn } from './retry-policy.js';
import type { ClaimedRow } from './sql/claim.js';
import { countRaces } from './sql/count-races.js';
import type { Outcome } from './sql/lease.js';
import { recordFailure } from './sql/record-failure.js';

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
 * @param outcome what is known of its calls to the outside world; undefined: no more than before
 * @returns undefined when the delivery was not this caller's any more: somebody else has settled it, or taken it over
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
  const error = patient && raced(thrown) ? new LostRace(asError(thrown)) : asError(thrown);
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
    errorClass: error.name,
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
  if (retryInMs === undefined && !skipped && listener.options.whenDead) {
    await inContext(context, () => sayFarewell(unit, listener, row, error, patient));
  }
  return { listener: listener.name, eventId: row.event_id, kind, attempt, error, retryInMs, skipped };
}

/**
 * Like {@link recordVerdict}, in a unit of its own. Where the listener's `whenDead` loses a race in it, that is what is recorded: the delivery
 * is tried again, and not buried without a word.
 */
export async function recordAlone(
  work: ModuleUnitOfWork,
  listener: Listener,
  row: ClaimedRow,
  thrown: unknown,
  identity: Identity,
  outcome?: Outcome,
): Promise<Verdict | undefined> {
  const record = (reason: unknown) =>
    work.open((unit) => recordVerdict(unit, listener, row, reason, identity, outcome), unitOf(listener));
  try {
    return await record(thrown);
  } catch (error) {
    if (!raced(error)) throw error;
    return record(error);
  }
}

/** Crashes and lost races are no faults of the same kind: none uses up what the others are allowed. */
function nextIn(kind: FailureKind, row: ClaimedRow, races: number, listener: Listener): number | undefined {
  const { attempts, backOff, crashes = CRASHES } = listener.options;
  if (kind === 'crash') return row.crashes + 1 >= crashes ? undefined : 0;
  return retryIn(kind, row.attempts - row.crashes - races + 1, attempts, backOff);
}

/**
 * A `whenDead` that fails itself, or takes longer than its listener may, must not keep the delivery alive: what it did is undone, and
 * its error goes into the log with the delivery's own. The database's own trouble is another matter: then the whole unit is run again.
 *
 * @param patient whether a lost race may be that trouble still
 */
async function sayFarewell(
  unit: OpenUnit,
  listener: Listener,
  row: ClaimedRow,
  error: Error,
  patient: boolean,
): Promise<void> {
  const mark = unit.mark();
  await unit.command('SAVEPOINT farewell');
  try {
    const farewell = async () => listener.options.whenDead?.(toHeard(listener, row), unit, error);
    await limited(`whenDead of ${listener.name}`, listener.deadlineMs, farewell);
  } catch (thrown) {
    if ((patient && raced(thrown)) || lostConnection(thrown)) throw thrown;
    await unit.command('ROLLBACK TO SAVEPOINT farewell');
    unit.backTo(mark);
    error.message += ` (and its whenDead failed: ${asError(thrown).message})`;
  }
}

/** Attempts are shown to people, so secrets stay out; Postgres' text holds no NUL, and nobody reads a message of a megabyte. */
function storable(text: string): string {
  return scrubText(text.replaceAll('\u0000', '\uFFFD').slice(0, 10_000));
}
