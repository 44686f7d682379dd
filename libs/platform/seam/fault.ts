/**
 * An infrastructure failure: a lost connection, a deadline, a full queue. Retried where that is safe, and dead after
 * that.
 */
export class Fault extends Error {
  override readonly name = 'Fault';

  constructor(
    message: string,
    options: ErrorOptions & {
      /**
       * Whether the callee may have acted before the failure: `no` when the call surely never reached it, `maybe`
       * otherwise. Only `no` is safe to repeat for calls that are not idempotent.
       */
      readonly acted?: 'no' | 'maybe';
    } = {},
  ) {
    super(message, options);
    this.acted = options.acted ?? 'maybe';
  }

  readonly acted: 'no' | 'maybe';
}
