import { sqlState } from '../../work/transient.js';

/** What prevents a start, in one sentence for people that says how to mend it. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/** Errors whose message is written for people already. */
const FOR_PEOPLE = new Set(['StartError', 'SettingsError', 'SchemaError', 'UnsafeRedisError', 'Bug']);

/**
 * Why an app could not start, for the terminal: one sentence that says what and how to mend it where the cause is known,
 * the whole error where it is not.
 *
 * @param where the address of the database and the port that it was told to use
 */
export function describeStartFailure(error: unknown, where: { databaseUrl: string; port: number }): string {
  if (!(error instanceof Error)) return String(error);
  if (FOR_PEOPLE.has(error.name)) return error.message;
  const { code } = error as { code?: string };
  if (code === 'EADDRINUSE') {
    return `Port ${where.port} is taken: stop the program that listens there, or choose another with PORT=3001.`;
  }
  if (code === 'EACCES' && (error as { syscall?: string }).syscall === 'listen') {
    return `Port ${where.port} needs rights that this user does not have: choose one above 1023 with PORT=3001.`;
  }
  return databaseFailure(error, code, where.databaseUrl) ?? error.stack ?? error.message;
}

function databaseFailure(error: Error, code: string | undefined, url: string): string | undefined {
  if (!url) return undefined;
  const { host, pathname, username } = new URL(url);
  const database = decodeURIComponent(pathname.slice(1));
  const state = sqlState(error);
  if (
    code &&
    ['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'ETIMEDOUT', 'EAI_AGAIN', 'ECONNRESET'].includes(code)
  ) {
    return `Postgres at ${host} does not answer (${code}): start it, or correct DATABASE_URL, or leave DATABASE_URL empty to use the embedded one.`;
  }
  if (state === '28P01' || state === '28000') {
    return `Postgres at ${host} refuses the user "${username}" (${error.message}): correct user and password in DATABASE_URL.`;
  }
  if (state === '3D000') {
    return `Postgres at ${host} has no database "${database}": create it (createdb ${database}), or correct DATABASE_URL.`;
  }
  if (state === '53300') {
    return `Postgres at ${host} has no connection left: lower DATABASE_POOL, or raise max_connections there.`;
  }
  if (state?.startsWith('57P'))
    return `Postgres at ${host} is starting or stopping (${error.message}): try again in a moment.`;
  return undefined;
}
