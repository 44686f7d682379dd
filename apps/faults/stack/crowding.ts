import { availableParallelism, loadavg } from 'node:os';

/**
 * How many want to run for each core of this machine, as an average over the last minute, and at least one. Whoever gets a tenth of a core
 * needs ten times as long: what is to happen within a time is given so many times that time.
 */
export function crowding(): number {
  return Math.max(1, (loadavg()[0] ?? 1) / availableParallelism());
}
