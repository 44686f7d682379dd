import { Bug } from './bug.js';
import { fromWire, toWire } from './wire.js';
import { errorFromWire, errorToWire } from './wire-error.js';

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
    sent = args.map((arg, at) => fromWire(toWire(arg, `${operation}: argument ${at}`)));
  } catch (unfit) {
    return Promise.reject(unfit);
  }
  let answer: unknown;
  try {
    answer = invoke(sent);
  } catch (error) {
    return Promise.reject(received(error, operation));
  }
  if (!isThenable(answer)) {
    throw new Bug(
      `${operation} answered without a promise, so its users can't live in another process. ` +
        'Declare it async, and await it where it is called.',
    );
  }
  return answer.then(
    (value) => fromWire(toWire(value, `${operation}: the result`)),
    (error: unknown) => {
      throw received(error, operation);
    },
  );
}

const received = (error: unknown, operation: string) =>
  errorFromWire(JSON.parse(JSON.stringify(errorToWire(error, operation))));

/** True for promises, of any library. */
export function isThenable(value: unknown): value is Promise<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
  );
}
