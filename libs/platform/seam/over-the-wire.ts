import { Bug } from './bug.js';
import { Fault } from './fault.js';
import { outward } from './inner-faults.js';
import type { RemoteAnswer } from './remote/remote-call.js';
import { borrowedTransaction, SHARED_TRANSACTION_CURE } from './shared-transaction.js';
import { fromWire, toWire } from './wire.js';
import { errorFromWire, errorToWire } from './wire-error.js';

/**
 * Writes the arguments of a call in the wire format: one array.
 *
 * @throws Bug that names the argument which can't travel
 */
export function argumentsToWire(operation: string, args: readonly unknown[]): string {
  const sent = args.map((arg, at) => {
    const what = `${operation}: argument ${at}`;
    if (borrowedTransaction([arg])) {
      throw new Bug(
        `${what} carries a transaction of its caller, which can't travel. ${SHARED_TRANSACTION_CURE}`,
      );
    }
    return toWire(arg, what);
  });
  return `[${sent.join(',')}]`;
}

/** @throws Fault when the text is no array in the wire format; the method was not called then */
export function argumentsFromWire(text: string): unknown[] {
  try {
    const args = fromWire(text);
    if (Array.isArray(args)) return args;
  } catch (cause) {
    throw new Fault((cause as Error).message, { acted: 'no', cause });
  }
  throw new Fault('What came over the wire are no arguments: run the same version on both sides.', {
    acted: 'no',
  });
}

/** Makes what goes back over the wire for a method's promise: its result, its error, or why those can't travel. */
export async function answerToWire(operation: string, answer: PromiseLike<unknown>): Promise<RemoteAnswer> {
  try {
    return { ok: true, value: toWire(await answer, `${operation}: the result`) };
  } catch (error) {
    return failureToWire(operation, outward(error));
  }
}

/** The same for an error that is no method's. */
export function failureToWire(operation: string, error: unknown): RemoteAnswer {
  try {
    return { ok: false, error: errorToWire(error, operation) };
  } catch (unfit) {
    return { ok: false, error: errorToWire(unfit, operation) };
  }
}

/**
 * What the caller gets of an answer.
 *
 * @throws the error that came over the wire; Fault when it can't be read
 */
export function answerFromWire(answer: RemoteAnswer): unknown {
  if (answer.ok) return fromWire(answer.value);
  throw errorFromWire(answer.error);
}

/** Why a method that answers at once can't be asked from another process, and how to mend it. */
export function withoutPromise(operation: string): Bug {
  return new Bug(
    `${operation} answered without a promise, so its users can't live in another process. ` +
      'Declare it async, and await it where it is called.',
  );
}

/**
 * Makes a call in this process as another process would: arguments, result and error are copies that came through the
 * wire format.
 *
 * @throws Bug (or rejects with it) for a method that answers without a promise, and for what can't travel
 */
export function overTheWire(
  operation: string,
  args: readonly unknown[],
  invoke: (sent: unknown[]) => unknown,
): Promise<unknown> {
  let sent: unknown[];
  try {
    sent = argumentsFromWire(argumentsToWire(operation, args));
  } catch (unfit) {
    return Promise.reject(unfit);
  }
  let answer: unknown;
  try {
    answer = invoke(sent);
  } catch (error) {
    answer = Promise.reject(error);
  }
  if (!isThenable(answer)) throw withoutPromise(operation);
  return answerToWire(operation, answer).then(answerFromWire);
}

/** True for promises, of any library. */
export function isThenable(value: unknown): value is Promise<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
  );
}
