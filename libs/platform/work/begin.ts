import { type CallContext, formatTraceparent } from '../telemetry/call-context.js';
import type { Isolation } from './unit-of-work.js';

/** How a transaction begins. */
export interface Beginning {
  readonly isolation?: Isolation;
  readonly readOnly?: boolean;
  /** How long it may idle between two statements, in milliseconds, where that is longer than {@link IDLE_MS}. */
  readonly idleMs?: number;
  /** How long its statements may wait for a lock, in milliseconds, where that is not what its connection says. */
  readonly lockMs?: number;
}

/** How long an open transaction may idle, in milliseconds, unless it says otherwise: then Postgres ends its session. */
export const IDLE_MS = 15_000;

/** Postgres keeps 63 bytes of an application's name; a trace id takes 32 and the space before it one. */
const LONGEST_APP = 30;

const HEX = /^[0-9a-f-]+$/;

/**
 * The text that begins a unit of work: transaction, role, and for whom, which is sent unprepared anyway. In a call context it tells
 * the trace twice: as the session's application name until the unit ends, so that `pg_stat_activity`, `pg_locks` joined with it and
 * a `log_line_prefix` with `%a` show whose statement runs or waits; and as a comment with the whole `traceparent`, which is shown
 * while the unit idles before its first statement and stands in the log of statements. The statements themselves stay as they are: a
 * comment in them would have each prepared anew for each trace. Both together cost some 10 µs of the processor time of a unit.
 *
 * @param app as the connections of this app are named
 */
export function beginning(
  module: string,
  app: string,
  mode: Beginning,
  context: CallContext | undefined,
): string {
  const isolation = mode.isolation === 'snapshot' ? ' ISOLATION LEVEL REPEATABLE READ' : '';
  const begin = `BEGIN${isolation}${mode.readOnly ? ' READ ONLY' : ''}`;
  const role = `SET LOCAL ROLE "banyan_${module}"${limits(mode)}`;
  if (!context) return `${begin}; ${role}`;
  const traceparent = formatTraceparent(context.trace);
  if (!HEX.test(traceparent)) return `${begin}; ${role}`; // made up by somebody, and no part of a statement
  const name = app.replace(/[^\w .-]/g, '_').slice(0, LONGEST_APP);
  return (
    `${begin} /*traceparent='${traceparent}'*/; ${role}; ` +
    `SET LOCAL application_name = '${name} ${context.trace.traceId}'`
  );
}

/** They are settings of this transaction alone, and part of a text that is sent anyway. */
function limits({ idleMs = 0, lockMs }: Beginning): string {
  const idle =
    idleMs > IDLE_MS ? `; SET LOCAL idle_in_transaction_session_timeout = ${Math.ceil(idleMs)}` : '';
  return lockMs === undefined ? idle : `${idle}; SET LOCAL lock_timeout = ${Math.ceil(lockMs)}`;
}
