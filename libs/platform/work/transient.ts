import { QueryFailedError } from 'typeorm';

/** SQLSTATE of a database error, whoever wrapped it. */
export function sqlState(error: unknown): string | undefined {
  const cause = error instanceof QueryFailedError ? error.driverError : error;
  const code = (cause as { code?: unknown } | null)?.code;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

/** The transaction lost a race (serialization failure, deadlock): doing all of it again is the cure. */
export function lostRace(error: unknown): boolean {
  const state = sqlState(error);
  return state === '40001' || state === '40P01';
}

/** Somebody else held what it needed for longer than it may wait (`lock_timeout`), or at all (NOWAIT). */
export function lostLock(error: unknown): boolean {
  return sqlState(error) === '55P03';
}

const CONNECTION_MESSAGES = /Connection terminated|connection error|timeout exceeded when trying to connect/i;
const CONNECTION_CODES = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOENT', 'ETIMEDOUT']);

/**
 * The connection to Postgres is gone, or there was none to be had, or no slice was made ahead for the ids of new events, which every
 * process mends within seconds: it says nothing about the work that was tried.
 */
export function lostConnection(error: unknown): boolean {
  const state = sqlState(error);
  if (state && (state.startsWith('08') || state.startsWith('57P') || state === '53300')) return true;
  const cause = error instanceof QueryFailedError ? error.driverError : error;
  if (state === '23514' && lacksSlice(cause)) return true;
  const { code, message } = (cause ?? {}) as { code?: string; message?: string };
  return (code !== undefined && CONNECTION_CODES.has(code)) || CONNECTION_MESSAGES.test(message ?? '');
}

/** A row of the platform's own tables that no partition takes; a check of theirs that fails names its constraint. */
function lacksSlice(cause: unknown): boolean {
  const { schema, constraint } = cause as { schema?: string; constraint?: string };
  return schema === 'banyan' && constraint === undefined;
}
