import { Bug } from '../seam/bug.js';

/** What stands in the place of a text that was erased. */
export const ERASED = '[erased]';

/**
 * A place in a payload: names with dots between them, `customer.address.city`; `*` is each element of an array and each value of a
 * record, `items.*.note`. Eight levels deep at most.
 */
export type PathIn<P, Depth extends readonly unknown[] = []> = 0 extends 1 & P
  ? string
  : Depth['length'] extends 8
    ? never
    : P extends readonly (infer E)[]
      ? Here<'*', E, Depth>
      : P extends object
        ? { [K in keyof P & string]-?: Named<K, NonNullable<P[K]>, Depth> }[keyof P & string]
        : never;
type Here<K extends string, V, Depth extends readonly unknown[]> =
  | K
  | `${K}.${PathIn<NonNullable<V>, readonly [...Depth, unknown]>}`;
type Named<K extends string, V, Depth extends readonly unknown[]> = K extends `${string}.${string}`
  ? never // can't be told from a path
  : Here<string extends K ? '*' : K, V, Depth>;

/** What of a payload is about a person, or about somebody else who may ask for it to be erased. */
export interface Personal<P> {
  /** Who: the place of the id, by the kind of subject: `{ customer: 'customer.id' }`. The id itself stays, in keys too. */
  readonly subject: Readonly<Record<string, PathIn<P>>>;
  /**
   * What: an erased text becomes {@link ERASED}, a number 0, a boolean false, unless `become` says what still fits the schema. Of an object
   * or array all values. Below the same element (`*`) as the subject's id, only what belongs to that element.
   */
  readonly fields: readonly (
    | PathIn<P>
    | { readonly at: PathIn<P>; readonly become: string | number | boolean }
  )[];
}

/** One field that is about one subject, as it is known to the database. */
export interface PersonalField {
  readonly type: string;
  readonly subjectKind: string;
  readonly subjectPath: string;
  readonly fieldPath: string;
  /** Undefined: what its kind of value says. */
  readonly become?: string | number | boolean;
}

/** By type of event: whoever publishes an event has its declaration in the process. */
const declared = new Map<string, readonly PersonalField[]>();

/**
 * Notes what an event type declares.
 *
 * @throws Bug when a kind of subject is no word
 */
export function declarePersonal(type: string, personal: Personal<unknown> | readonly Personal<unknown>[]) {
  const each = [personal].flat() as readonly Personal<Record<string, never>>[];
  const fields = each.flatMap((one) =>
    Object.entries(one.subject).flatMap(([subjectKind, subjectPath]) =>
      one.fields.map((field): PersonalField => {
        const { at, become } = typeof field === 'string' ? { at: field, become: undefined } : field;
        return { type, subjectKind, subjectPath, fieldPath: at, become };
      }),
    ),
  );
  const odd = fields.find(({ subjectKind }) => !/^[a-z][a-z0-9-]*$/.test(subjectKind));
  if (odd)
    throw new Bug(
      `${type} is about a "${odd.subjectKind}": name the kind of subject by a word, like "customer".`,
    );
  declared.set(type, fields);
}

/** All that is declared in this process. */
export function declaredPersonal(): readonly PersonalField[] {
  return [...declared.values()].flat();
}
