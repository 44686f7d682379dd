import { asError } from '../telemetry/as-error.js';
import { callContext, inContext } from '../telemetry/call-context.js';

/** Work that was given up while it ran: it may go on, and nothing of what it does from then on counts. */
export class GivenUp extends Error {
  override readonly name = 'GivenUp';

  /** @param reason why, as it is to be recorded */
  constructor(readonly reason: Error) {
    super(reason.message, { cause: reason });
  }
}

/** Something took longer than it may: a fault. */
export class OutOfTime extends Error {
  override readonly name = 'OutOfTime';
}

/** A piece of work that may be given up: what runs in its context can be told, and its late effects are refused. */
export class Limit {
  private controller: AbortController | undefined;
  private ended = false;
  private reason: Error | undefined;

  constructor(private readonly tell: (reason: Error) => void) {}

  /** Why it was given up, or has failed; undefined while it was and has not. */
  get givenUp(): Error | undefined {
    return this.reason;
  }

  /** Aborted when the work is given up, or has failed. Made when somebody asks: most never do. */
  get signal(): AbortSignal {
    this.controller ??= new AbortController();
    if (this.reason) this.controller.abort(this.reason);
    return this.controller.signal;
  }

  /**
   * Gives the work up.
   *
   * @returns false when it had ended already
   */
  giveUp(reason: Error): boolean {
    if (this.ended) return false;
    this.ended = true;
    this.reason = reason;
    this.controller?.abort(reason);
    this.tell(reason);
    return true;
  }

  end(): void {
    this.ended = true;
  }

  /** It has failed: what it began and did not wait for is too late from now on, as if it had been given up. */
  fail(reason: Error): void {
    if (this.ended) return;
    this.ended = true;
    this.reason = reason;
    this.controller?.abort(reason);
  }
}

/** Aborted when nobody wants the outcome of what runs now any more; undefined where nothing says so. */
export function currentSignal(): AbortSignal | undefined {
  return callContext()?.limit?.signal;
}

/** Why the work that runs now was given up, or what it belongs to has failed of; then it must have no effect any more. */
export function givenUp(): Error | undefined {
  return callContext()?.limit?.givenUp;
}

/**
 * Runs `work` for so long at most. What it awaits makes calls with what is left of the time as their deadline.
 *
 * @param what for people: "payment.charge"
 * @param ms its deadline, in milliseconds
 * @param abandon told when it is given up, before the caller hears of it: ends what could still take effect
 * @throws GivenUp when it was given up; `work` itself may still be running then
 */
export function limited<T>(
  what: string,
  ms: number,
  work: () => Promise<T>,
  abandon: (reason: Error) => void = () => undefined,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const limit = new Limit((reason) => {
      clearTimeout(timer);
      abandon(reason);
      reject(new GivenUp(reason));
    });
    const timer = setTimeout(() => limit.giveUp(late(what, ms)), ms);
    const run = async () => work(); // what throws before its first await has ended, too
    const context = callContext();
    const deadline = performance.now() + ms;
    const inside = context ? inContext({ ...context, deadline, limit }, run) : run();
    inside.then(
      (value) => {
        limit.end();
        clearTimeout(timer);
        resolve(value);
      },
      (thrown: unknown) => {
        const error = asError(thrown);
        limit.fail(error);
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}

function late(what: string, ms: number): OutOfTime {
  const error = new OutOfTime(
    `${what} was not done after ${ms} ms and was given up: make it faster, or give it a longer deadlineMs.`,
  );
  delete error.stack; // it would be the timer's, and says nothing of where the time was lost
  return error;
}
