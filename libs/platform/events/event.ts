import type { z } from 'zod';
import { Bug } from '../seam/bug.js';
import { declarePersonal, type Personal } from './personal.js';

/** A declared event: its name, version, publisher and shape. Made by {@link event}, listed in a module's `*.events.ts`. */
export interface EventType<P = unknown> {
  /** Past tense, unique in the system: `PaymentConfirmed`. */
  readonly type: string;
  readonly version: number;
  /** Names of the modules that may publish it: one, but for facts that several modules tell alike. */
  readonly from: readonly string[];
  /** The shape of the payload; checked when the event is published. Plain JSON data only. */
  readonly schema: z.ZodType<P>;
  /** The ordering key of a payload: ordered listeners hear events of one key one after the other. */
  readonly key?: (payload: P) => string;
  /** From each older version, by its number, to the next one; see {@link event}. */
  readonly upcast?: Readonly<Record<number, Upcast>>;
}

/** Makes the payload of the next version of one that was published in an older version. Pure; it may run many times. */
// biome-ignore lint/suspicious/noExplicitAny: the shape of an older version is known to nobody but its upcast
export type Upcast = (old: any) => unknown;

/** Any declared event: payloads stand on both sides of its functions, so no single payload type fits all. */
// biome-ignore lint/suspicious/noExplicitAny: see above
export type AnyEventType = EventType<any>;

/** The payload of a declared event: `type PaymentConfirmed = EventOf<typeof PaymentConfirmed>`. */
export type EventOf<E> = E extends EventType<infer P> ? P : never;

/**
 * Declares an event.
 *
 * @param type past tense and unique: `PaymentConfirmed`
 * @param declaration publisher(s), schema, version (1 unless told), ordering key, and for each older version that may still be
 *   heard the step to the next: `version: 3, upcast: { 1: (v1) => v2, 2: (v2) => v3 }`; what of it can be erased on somebody's request:
 *   `personal: { subject: { customer: 'buyer.id' }, fields: ['buyer.name'] }`
 */
export function event<P>(
  type: string,
  declaration: {
    from: string | readonly string[];
    schema: z.ZodType<P>;
    version?: number;
    key?: (payload: P) => string;
    upcast?: Readonly<Record<number, Upcast>>;
    personal?: Personal<NoInfer<P>> | readonly Personal<NoInfer<P>>[];
  },
): EventType<P> {
  if (!/^[A-Z][A-Za-z0-9]*$/.test(type)) {
    throw new Bug(
      `Event type "${type}" is not a PascalCase word: name it in the past tense, like "PaymentConfirmed".`,
    );
  }
  const from = typeof declaration.from === 'string' ? [declaration.from] : declaration.from;
  const version = declaration.version ?? 1;
  const beyond = Object.keys(declaration.upcast ?? {}).find((step) => Number(step) >= version);
  if (beyond !== undefined) {
    throw new Bug(
      `${type} has version ${version} and an upcast from ${beyond}: an upcast starts from an older version.`,
    );
  }
  const { personal, ...rest } = declaration;
  if (personal) declarePersonal(type, personal as Personal<unknown> | readonly Personal<unknown>[]);
  return { ...rest, type, from, version };
}
