import { Fault } from './fault.js';
import { MAX_DEPTH, TAG } from './wire-format.js';
import { swiftly, UNFIT } from './wire-swift.js';
import { thoroughly } from './wire-thorough.js';

/**
 * Writes plain data in the wire format: JSON in which dates, bigints, undefined, bytes (Buffer, Uint8Array), maps, sets and
 * the numbers that JSON lacks survive. Whatever would arrive as something else is refused: instances of classes,
 * functions, symbols, cycles, accessors, holes, hidden properties. References that occur twice arrive as two copies.
 *
 * @param what names the value in errors: `StockApi.reserve: argument 0`
 * @throws Bug with the path and the cure
 */
export function toWire(value: unknown, what: string): string {
  const tree = swiftly(value);
  return JSON.stringify(tree === UNFIT ? thoroughly(value, what) : tree);
}

/**
 * Reads the wire format.
 *
 * @throws Fault when the text is not of this format: cut, or from a version that knows more
 */
export function fromWire(text: string): unknown {
  let tree: unknown;
  try {
    tree = JSON.parse(text);
  } catch (cause) {
    throw new Fault('What came over the wire is not JSON: it was cut, or something else answers there.', {
      cause,
    });
  }
  return decode(tree, 0);
}

/** What a tree of JSON stands for. The tree is the reader's own: what stands for itself stays where it is. */
function decode(tree: unknown, depth: number): unknown {
  if (typeof tree !== 'object' || tree === null) return tree;
  // Encoding wraps a map or an object with "$" keys in at most three levels of JSON.
  if (depth > MAX_DEPTH * 3) throw unknown('is nested too deeply');
  if (Array.isArray(tree)) return decodeArray(tree, depth + 1);
  const record = tree as Record<string, unknown>;
  if (Object.hasOwn(record, TAG)) return decodeTagged(record, depth);
  for (const key in record) {
    if (key === '__proto__') throw unknown('has a "__proto__" key');
    const item = record[key];
    if (typeof item === 'object' && item !== null) record[key] = decode(item, depth + 1);
  }
  return record;
}

function decodeArray(items: unknown[], depth: number): unknown[] {
  for (let at = 0; at < items.length; at++) {
    const item = items[at];
    if (typeof item === 'object' && item !== null) items[at] = decode(item, depth);
  }
  return items;
}

function fromPairs(pairs: [string, unknown][], depth: number): object {
  const decoded: Record<string, unknown> = {};
  for (const [key, item] of pairs) {
    if (key === '__proto__') throw unknown('has a "__proto__" key');
    decoded[key] = decode(item, depth + 1);
  }
  return decoded;
}

function decodeTagged(record: Record<string, unknown>, depth: number): unknown {
  const { [TAG]: tag, v } = record;
  if (tag === 'undefined') return undefined;
  if (tag === 'date' && (typeof v === 'number' || v === null)) return new Date(v ?? Number.NaN);
  if (tag === 'number' && typeof v === 'string') return Number(v);
  if (tag === 'bigint' && typeof v === 'string' && /^-?\d+$/.test(v)) return BigInt(v);
  if (tag === 'buffer' && typeof v === 'string') return Buffer.from(v, 'base64');
  if (tag === 'bytes' && typeof v === 'string') return new Uint8Array(Buffer.from(v, 'base64'));
  if (tag === 'set' && Array.isArray(v)) return new Set(v.map((item) => decode(item, depth + 2)));
  if (tag === 'map' && arePairs(v)) {
    return new Map(v.map(([key, item]) => [decode(key, depth + 3), decode(item, depth + 3)]));
  }
  if (tag === 'object' && arePairs(v) && v.every(([key]) => typeof key === 'string')) {
    return fromPairs(v as [string, unknown][], depth + 2);
  }
  throw unknown(`has the tag ${JSON.stringify(tag)}`);
}

const arePairs = (v: unknown): v is [unknown, unknown][] =>
  Array.isArray(v) && v.every((pair) => Array.isArray(pair) && pair.length === 2);

const unknown = (why: string) =>
  new Fault(
    `What came over the wire ${why}, which this version can't read: run the same version on both sides.`,
  );
