import { types } from 'node:util';
import { Bug } from './bug.js';
import { MAX_DEPTH, MAX_VALUES, TAG } from './wire-format.js';

/** A step towards a value: an index, a key, or for what has neither its rendered form. */
type Step = number | string | symbol | { readonly rendered: string };

interface Walk {
  readonly what: string;
  /** The steps to where the walk stands; rendered only when something is refused. */
  readonly path: Step[];
  readonly above: Set<object>;
  values: number;
}

/**
 * Prepares a value for `JSON.stringify`: every kind that the wire format has, or the reason why it can't travel.
 *
 * @param what names the value in errors
 * @throws Bug with the path and the cure
 */
export function thoroughly(value: unknown, what: string): unknown {
  return encode(value, { what, path: [], above: new Set(), values: 0 });
}

function encode(value: unknown, walk: Walk): unknown {
  if (++walk.values > MAX_VALUES) refuse(walk, `comes after ${MAX_VALUES} others`, 'Send less: page it.');
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0)
        ? value
        : { [TAG]: 'number', v: numberWord(value) };
    case 'undefined':
      return { [TAG]: 'undefined' };
    case 'bigint':
      return { [TAG]: 'bigint', v: value.toString() };
    case 'object':
      return value === null ? null : encodeObject(value, walk);
    default:
      return refuse(walk, `is a ${typeof value}`, 'Pass plain data, and let the other side decide by it.');
  }
}

const numberWord = (value: number) => (Object.is(value, -0) ? '-0' : String(value));

function encodeAt(step: Step, value: unknown, walk: Walk): unknown {
  walk.path.push(step);
  const encoded = encode(value, walk);
  walk.path.pop();
  return encoded;
}

function encodeObject(value: object, walk: Walk): unknown {
  if (walk.above.has(value))
    refuse(walk, 'leads back to where it stands in', 'Send ids instead of references.');
  if (walk.above.size >= MAX_DEPTH) refuse(walk, `is deeper than ${MAX_DEPTH} levels`, 'Send it flat.');
  walk.above.add(value);
  const encoded = isPlain(value) ? encodeRecord(value, walk) : encodeKind(value, className(value), walk);
  walk.above.delete(value);
  return encoded;
}

/** By brand and name instead of by prototype: a value may come from another realm (Jest, vm), where Date is another Date. */
function encodeKind(value: object, name: string, walk: Walk): unknown {
  if (Array.isArray(value) && name === 'Array') return encodeArray(value, walk);
  if (Buffer.isBuffer(value) && name === 'Buffer') return { [TAG]: 'buffer', v: value.toString('base64') };
  if (types.isUint8Array(value) && name === 'Uint8Array') {
    return { [TAG]: 'bytes', v: Buffer.from(value).toString('base64') };
  }
  if (types.isDate(value) && name === 'Date')
    return bare(value, walk) && { [TAG]: 'date', v: value.getTime() };
  if (types.isMap(value) && name === 'Map') {
    const pairs = [...value].map(([key, item], at) => [
      encodeAt({ rendered: `.key(${at})` }, key, walk),
      encodeAt({ rendered: `.get(${described(key)})` }, item, walk),
    ]);
    return bare(value, walk) && { [TAG]: 'map', v: pairs };
  }
  if (types.isSet(value) && name === 'Set') {
    const items = [...value].map((item, at) => encodeAt({ rendered: `.item(${at})` }, item, walk));
    return bare(value, walk) && { [TAG]: 'set', v: items };
  }
  return refuse(walk, `is an instance of ${name}`, 'Copy what matters into a plain object.');
}

/** True for object literals, of this realm or another, and for objects without a prototype (they arrive as literals). */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null || prototype === Object.prototype) return true;
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, 'isPrototypeOf');
}

function encodeArray(value: unknown[], walk: Walk): unknown {
  const cure = 'Send a dense array and nothing else.';
  if (Reflect.ownKeys(value).length > value.length + 1)
    refuse(walk, 'is an array with properties of its own', cure);
  return Array.from(value, (item, at) => {
    if (item !== undefined || Object.hasOwn(value, at)) return encodeAt(at, item, walk);
    walk.path.push(at);
    return refuse(walk, 'is a hole in an array', cure);
  });
}

function encodeRecord(value: object, walk: Walk): unknown {
  const encoded: Record<string, unknown> = {};
  for (const key of Reflect.ownKeys(value)) {
    walk.path.push(key);
    if (typeof key === 'symbol') return refuse(walk, 'has a symbol as its key', 'Use a string.');
    if (key === '__proto__') return refuse(walk, 'is a key that changes prototypes', 'Leave it out.');
    const property = Object.getOwnPropertyDescriptor(value, key) as PropertyDescriptor;
    if (!('value' in property)) return refuse(walk, 'is an accessor', 'Send the value that it gives.');
    if (!property.enumerable)
      return refuse(walk, 'is hidden (not enumerable)', 'Send it in the open, or not.');
    encoded[key] = encode(property.value, walk);
    walk.path.pop();
  }
  return Object.hasOwn(value, TAG) ? { [TAG]: 'object', v: Object.entries(encoded) } : encoded;
}

/** Built-in objects travel by what they hold; properties that somebody hung on them would be lost. */
function bare(value: object, walk: Walk): true {
  const [extra] = Reflect.ownKeys(value);
  if (extra === undefined) return true;
  walk.path.push(extra);
  return refuse(walk, `hangs on a ${className(value)}`, 'Send it beside, not on it.');
}

function refuse(walk: Walk, why: string, cure: string): never {
  const path = walk.path.map(rendered).join('');
  throw new Bug(`${walk.what}${path === '' ? '' : ` ${path}`} ${why}, so it can't travel. ${cure}`);
}

function rendered(step: Step): string {
  if (typeof step === 'object') return step.rendered;
  if (typeof step === 'string') return /^[A-Za-z_]\w*$/.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`;
  return `[${String(step)}]`;
}

const described = (key: unknown) => (typeof key === 'object' && key !== null ? 'an object' : String(key));

function className(value: object): string {
  const maker: unknown = Reflect.get(Object.getPrototypeOf(value) as object, 'constructor');
  return typeof maker === 'function' && maker.name !== '' ? maker.name : 'a nameless class';
}
