import type { z } from 'zod';
import { Bug } from '../seam/bug.js';
import type { AnyEventType } from './event.js';

/**
 * A payload that was published in an older version, brought to the one that this code declares, step by step; the result is held
 * against the schema. What was published in this version was checked by its publisher, and is not checked again: that would cost
 * 0.6 µs for two fields and 6 µs for an order with five lines, for every listener.
 *
 * @throws Bug with the cure when a step is missing or fails, or the result does not fit
 */
export function inThisVersion(type: AnyEventType, version: number, payload: unknown): unknown {
  if (version === type.version) return payload;
  let current = payload;
  for (let from = version; from < type.version; from++) {
    const step = type.upcast?.[from];
    if (!step) throw missing(type, version, from);
    current = step(current);
  }
  const checked = type.schema.safeParse(current);
  if (checked.success) return checked.data;
  const issues = checked.error.issues.map(
    (issue: z.core.$ZodIssue) => `${issue.path.join('.')}: ${issue.message}`,
  );
  throw new Bug(
    `${type.type} of version ${version} does not fit version ${type.version} after its upcast: ${issues.join('; ')}. ` +
      'Mend "upcast" where the event is declared, and replay.',
  );
}

function missing(type: AnyEventType, version: number, from: number): Bug {
  return new Bug(
    `${type.type} was published in version ${version}; this code has ${type.version} and no way from ${from} to ${from + 1}. Declare ` +
      `upcast: { ${from}: (old) => ... } with the event, and replay.`,
  );
}

/** What a version of an event is called: `PaymentConfirmed@2`. */
export function versioned(type: string, version: number): string {
  return `${type}@${version}`;
}

/** The versions of an event that this code can tell its listeners of, the newest last. */
export function knownVersions(type: AnyEventType): number[] {
  let oldest = type.version;
  while (type.upcast?.[oldest - 1]) oldest -= 1;
  return Array.from({ length: type.version - oldest + 1 }, (_, n) => oldest + n);
}
