import { Fault } from './fault.js';

const delivered = new WeakSet<Fault>();

/** Notes that a call across modules gave this error to who made it. */
export function delivering<E>(error: E): E {
  if (error instanceof Fault) delivered.add(error);
  return error;
}

/**
 * What an error that leaves a method means for the method's caller. A fault says `acted: 'no'` of the call that it was thrown
 * at; when it came from a call that the method made in turn, the method itself may have acted before. One that the method
 * throws as its own word stands.
 */
export function outward(error: unknown): unknown {
  const inner = error instanceof Fault && error.acted === 'no' && delivered.has(error);
  return inner ? new Fault(error.message, { cause: error, acted: 'maybe' }) : error;
}
