import { ERASED, type PersonalField } from '../events/personal.js';

/** What erasing a subject makes of a payload. */
export interface Blanked {
  readonly payload: unknown;
  /** The texts that stood there, each once; none when all was blank before. */
  readonly values: readonly string[];
  /** Whether the payload is another one than before. */
  readonly changed: boolean;
}

type Step = string | number;
interface Place {
  readonly at: readonly Step[];
  readonly value: unknown;
}

/**
 * Blanks what is about a subject.
 *
 * @param fields declared for the type of the event and the kind of the subject
 * @returns undefined when it is not about that subject
 */
export function blank(
  payload: unknown,
  fields: readonly PersonalField[],
  subjectId: string,
): Blanked | undefined {
  const about = fields.flatMap((field) =>
    placesOf(payload, field.subjectPath)
      .filter(({ value }) => String(value) === subjectId)
      .map((subject) => ({ field, subject })),
  );
  if (about.length === 0) return undefined;
  const copy = structuredClone(payload);
  const values = new Set<string>();
  let changed = false;
  for (const { field, subject } of about) {
    for (const place of placesOf(copy, field.fieldPath)) {
      if (!sameElement(field, subject, place)) continue;
      const next = field.become ?? blankOf(place.value);
      if (JSON.stringify(next) === JSON.stringify(place.value)) continue;
      set(copy, place.at, next);
      for (const text of textsOf(place.value)) values.add(text);
      changed = true;
    }
  }
  return { payload: copy, values: [...values], changed };
}

/** Every place that a path names, whatever stands there. */
function placesOf(payload: unknown, path: string): Place[] {
  let places: Place[] = [{ at: [], value: payload }];
  for (const name of path.split('.')) {
    places = places.flatMap(({ at, value }) =>
      stepsInto(value, name).map(([step, below]) => ({ at: [...at, step], value: below })),
    );
  }
  return places;
}

function stepsInto(value: unknown, name: string): [Step, unknown][] {
  if (typeof value !== 'object' || value === null) return [];
  if (name !== '*')
    return Object.hasOwn(value, name) ? [[name, (value as Record<string, unknown>)[name]]] : [];
  return Array.isArray(value) ? value.map((each, index) => [index, each]) : Object.entries(value);
}

/** `items.*.seller` and `items.*.note`: the note of the same item. */
function sameElement({ subjectPath, fieldPath }: PersonalField, subject: Place, place: Place): boolean {
  const other = fieldPath.split('.');
  const names = subjectPath.split('.');
  const apart = names.findIndex((name, level) => name !== other[level]);
  return subject.at.slice(0, apart < 0 ? undefined : apart).every((step, level) => step === place.at[level]);
}

function set(payload: unknown, at: readonly Step[], value: unknown): void {
  let parent = payload;
  for (const step of at.slice(0, -1)) parent = (parent as Record<Step, unknown>)[step];
  (parent as Record<Step, unknown>)[at.at(-1) as Step] = value;
}

function blankOf(value: unknown): unknown {
  if (typeof value === 'string') return ERASED;
  if (typeof value === 'number') return 0;
  if (typeof value === 'boolean') return false;
  if (Array.isArray(value)) return value.map(blankOf);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, blankOf(each)]));
}

/** Texts and numbers, as they could stand in a sentence. */
function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return value === ERASED ? [] : [value];
  if (typeof value === 'number') return [String(value)];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsOf) : [];
}
