import { userInfo } from 'node:os';

/** Who runs the command, as the system knows them. */
export function operator(): string {
  try {
    return userInfo().username;
  } catch {
    return process.getuid ? `uid ${process.getuid()}` : 'unknown';
  }
}
