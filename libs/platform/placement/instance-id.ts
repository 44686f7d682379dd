import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';

/** A name for this process that no other one has or had. Machine and process number are in it: `buryProcess` looks for them. */
export function instanceId(): string {
  return `${hostname()}-${process.pid}-${randomBytes(3).toString('hex')}`;
}
