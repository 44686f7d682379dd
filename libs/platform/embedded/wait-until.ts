import { setTimeout as pause } from 'node:timers/promises';

/**
 * Looks for a fact until it is there.
 *
 * @param look answers undefined (or false) as long as the fact is missing.
 * @param within milliseconds until it is given up.
 * @returns what `look` found, or undefined at the deadline.
 */
export async function waitUntil<T>(
  look: () => Promise<T | undefined | false> | T | undefined | false,
  within: number,
): Promise<T | undefined> {
  const deadline = Date.now() + within;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() >= deadline) return undefined;
    await pause(20);
  }
}
