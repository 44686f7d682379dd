import { types } from 'node:util';
import { MAX_DEPTH, MAX_VALUES, TAG } from './wire-format.js';

/** Answer of {@link swiftly} for what it leaves to the thorough walk. */
export const UNFIT: unique symbol = Symbol('left to the thorough walk');

const getterOf: (this: object, key: string) => unknown = Reflect.get(Object.prototype, '__lookupGetter__');

/** Values that may still come in the walk that runs now; walks are synchronous, and never run inside each other. */
let left = 0;

/**
 * Prepares for `JSON.stringify` what nearly every call carries: plain JSON data, with `undefined` and dates here and there.
 * Nothing is copied that can be sent as it stands. Whatever else occurs, what must be refused included, is left to the
 * thorough walk of `wire.ts`, which says where and why; what both can encode, they encode alike.
 *
 * Of a record it must be known that nothing is hidden in it. Per object that costs 45 ns this way, where `Reflect.ownKeys`
 * takes 200 (Node 24: the names of a record without hidden ones and its symbols have paths of their own); of each property
 * that it is no accessor, 20 ns.
 */
export function swiftly(value: unknown): unknown {
  left = MAX_VALUES;
  return encode(value, 0);
}

function encode(value: unknown, depth: number): unknown {
  if (--left < 0) return UNFIT;
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      // Neither infinite nor NaN, nor -0.
      return value - value === 0 && (value !== 0 || 1 / value > 0) ? value : UNFIT;
    case 'undefined':
      return { [TAG]: 'undefined' };
    case 'object':
      return value === null ? null : encodeObject(value, depth);
    default:
      return UNFIT;
  }
}

function encodeObject(value: object, depth: number): unknown {
  if (depth >= MAX_DEPTH) return UNFIT;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype) return encodeRecord(value as Record<string, unknown>, depth + 1);
  if (prototype === Array.prototype && Array.isArray(value)) return encodeArray(value, depth + 1);
  return prototype === Date.prototype ? encodeDate(value) : UNFIT;
}

function encodeArray(items: readonly unknown[], depth: number): unknown {
  if (Reflect.ownKeys(items).length !== items.length + 1) return UNFIT; // holes, or properties of its own
  let copy: unknown[] | undefined;
  for (let at = 0; at < items.length; at++) {
    const item = items[at];
    const encoded = encode(item, depth);
    if (encoded === item) continue;
    if (encoded === UNFIT || (item === undefined && !Object.hasOwn(items, at))) return UNFIT;
    copy ??= items.slice();
    copy[at] = encoded;
  }
  return copy ?? items;
}

function encodeRecord(record: Record<string, unknown>, depth: number): unknown {
  let copy: Record<string, unknown> | undefined;
  let keys = 0;
  for (const key in record) {
    if (key === TAG || key === '__proto__' || getterOf.call(record, key) !== undefined) return UNFIT;
    keys++;
    const item = record[key];
    const encoded = encode(item, depth);
    if (encoded === item) continue;
    // An accessor without a getter reads as undefined, too.
    if (encoded === UNFIT || (item === undefined && !isData(record, key))) return UNFIT;
    copy ??= { ...record };
    copy[key] = encoded;
  }
  const hides =
    Object.getOwnPropertyNames(record).length !== keys || Object.getOwnPropertySymbols(record).length > 0;
  return hides ? UNFIT : (copy ?? record);
}

function isData(record: object, key: string): boolean {
  return Object.getOwnPropertyDescriptor(record, key)?.set === undefined;
}

function encodeDate(value: object): unknown {
  const bare = types.isDate(value) && Reflect.ownKeys(value).length === 0;
  return bare ? { [TAG]: 'date', v: value.getTime() } : UNFIT;
}
