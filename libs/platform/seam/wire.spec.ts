import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { Fault } from './fault.js';
import { fromWire, toWire } from './wire.js';
import { MAX_DEPTH } from './wire-format.js';
import { swiftly, UNFIT } from './wire-swift.js';
import { thoroughly } from './wire-thorough.js';

const sent = (value: unknown) => fromWire(toWire(value, 'X.do: argument 0'));
const refusalOf = (value: unknown) => {
  try {
    toWire(value, 'X.do: argument 0');
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
  return 'nothing';
};

// Jest's own equality trips over keys like "constructor", and over buffers: Node's does not.

/** Everything that may travel, nested at will; keys include the tag of the format itself. */
const plainData = fc
  .letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.anything({
        withNullPrototype: false,
        withBigInt: true,
        withDate: true,
        withSparseArray: false,
        key: fc.string(),
      }),
      fc.constantFrom(undefined, null, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
      fc.date({ noInvalidDate: false }),
      fc.uint8Array(),
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      fc.array(tie('value')),
      fc.array(tie('value')).map((items) => new Set(items)),
      fc.array(fc.tuple(tie('value'), tie('value'))).map((pairs) => new Map(pairs)),
      fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('$', 'v', 'constructor', 'toJSON')), tie('value'), {
        noNullPrototype: true,
      }),
    ),
  }))
  .value.filter((value) => !refusalOf(value).includes('a key that changes prototypes'));

/** What nearly every call carries. */
const ordinaryData = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.oneof(fc.string(), fc.integer(), fc.double(), fc.boolean(), fc.date({ noInvalidDate: false })),
    fc.constantFrom(null, undefined),
    fc.array(tie('value')),
    fc.dictionary(fc.string(), tie('value'), { noNullPrototype: true }),
  ),
})).value;

/** Whatever JavaScript has, holes, keys of every sort and objects without a prototype included. */
const anything = fc.anything({
  withBigInt: true,
  withBoxedValues: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withObjectString: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
});

const thoroughText = (value: unknown) => {
  try {
    return JSON.stringify(thoroughly(value, 'it'));
  } catch {
    return 'refused';
  }
};

describe('the wire format', () => {
  it('brings plain data over as it was', () => {
    fc.assert(
      fc.property(plainData, (value) => isDeepStrictEqual(sent(value), value)),
      { numRuns: 200 },
    );
  });

  it('says the same by its swift walk as by its thorough one', () => {
    fc.assert(
      fc.property(fc.oneof(plainData, ordinaryData, anything), (value) => {
        const swift = swiftly(value);
        return swift === UNFIT || JSON.stringify(swift) === thoroughText(value);
      }),
      { numRuns: 1_000 },
    );
  });

  it('walks swiftly through what calls are made of, and copies none of it', () => {
    const lines = [{ id: 1, name: 'a', price: 12.5, gone: null, tags: ['x', true], nested: { deep: [{}] } }];
    expect(swiftly(lines)).toBe(lines);
    expect(swiftly({ lines, at: new Date(5), note: undefined })).toEqual({
      lines,
      at: { $: 'date', v: 5 },
      note: { $: 'undefined' },
    });
    expect(swiftly(new Map())).toBe(UNFIT);
  });

  it('keeps what JSON loses', () => {
    const value = {
      gone: undefined,
      list: [undefined, -0, Number.NaN],
      big: 2n ** 70n,
      at: new Date(0),
      never: new Date(Number.NaN),
      bytes: new Uint8Array([1, 2]),
      buffer: Buffer.from('hé'),
      map: new Map<unknown, unknown>([[{ a: 1 }, new Set([1n])]]),
      $: 'date',
    };
    expect(isDeepStrictEqual(sent(value), value)).toBe(true);
    expect(Object.is((sent(-0) as number) ?? 0, -0)).toBe(true);
  });

  it('makes copies: neither side sees what the other changes', () => {
    const inner = { n: 1 };
    const [first, second] = sent([inner, inner]) as [typeof inner, typeof inner];
    expect(first).not.toBe(inner);
    expect(first).not.toBe(second);
  });

  it('brings an object without a prototype over as an ordinary one', () => {
    expect(sent(Object.assign(Object.create(null), { a: 1 }))).toStrictEqual({ a: 1 });
  });

  it('accepts the plain data of another realm', () => {
    const foreign = require('node:vm').runInNewContext('({ at: new Date(5), list: [new Map([[1, 2]])] })');
    expect(sent(foreign)).toStrictEqual({ at: new Date(5), list: [new Map([[1, 2]])] });
  });

  class Item {
    price = 1;
  }
  const cycle: { self?: unknown } = {};
  cycle.self = { list: [cycle] };
  const deep = JSON.parse('['.repeat(MAX_DEPTH + 1) + ']'.repeat(MAX_DEPTH + 1));

  it.each([
    ['a function', { items: [0, 1, 2, { price: () => 1 }] }, '.items[3].price is a function'],
    ['a symbol', [Symbol('s')], '[0] is a symbol'],
    ['an instance of a class', { item: new Item() }, '.item is an instance of Item'],
    ['an error', new TypeError('x'), ' is an instance of TypeError'],
    ['another typed array', { 'a b': new Float64Array(1) }, '["a b"] is an instance of Float64Array'],
    ['a promise', Promise.resolve(1), ' is an instance of Promise'],
    ['a subclass of Date', new (class Day extends Date {})(), ' is an instance of Day'],
    ['a cycle', cycle, '.self.list[0] leads back to where it stands in'],
    [
      'an accessor',
      Object.defineProperty({}, 'now', { get: () => 1, enumerable: true }),
      '.now is an accessor',
    ],
    [
      'half an accessor',
      Object.defineProperty({}, 'now', { set() {}, enumerable: true }),
      '.now is an accessor',
    ],
    ['a hidden property', Object.defineProperty({}, 'id', { value: 1 }), '.id is hidden'],
    ['a symbol key', { [Symbol('k')]: 1 }, '[Symbol(k)] has a symbol as its key'],
    [
      'a key __proto__',
      JSON.parse('{"__proto__":{"admin":true}}'),
      '.__proto__ is a key that changes prototypes',
    ],
    ['a hole', Object.assign(new Array(3), { 0: 1, 2: 3 }), '[1] is a hole in an array'],
    [
      'a hole, and a property that makes up for it',
      Object.assign(new Array(2), { 0: 1, total: 1 }),
      '[1] is a hole in an array',
    ],
    ['an array with properties', Object.assign([1], { total: 1 }), ' is an array with properties of its own'],
    ['a Date with properties', Object.assign(new Date(0), { zone: 'Z' }), '.zone hangs on a Date'],
    ['depth', deep, `${'[0]'.repeat(MAX_DEPTH)} is deeper than 64 levels`],
    ['a function in a map', new Map([['k', () => 1]]), '.get(k) is a function'],
    ['a function in a set', new Set([() => 1]), '.item(0) is a function'],
  ])('refuses %s and says where it stands', (_, value, where) => {
    expect(refusalOf(value)).toMatch(/^Bug: X\.do: argument 0/);
    expect(refusalOf(value)).toContain(`X.do: argument 0${where.startsWith(' ') ? where : ` ${where}`}`);
    expect(refusalOf(value)).toMatch(/so it can't travel\. .+\.$/);
    expect(swiftly(value)).toBe(UNFIT);
  });

  it('allows 64 levels', () => {
    expect(sent(deep[0])).toEqual(deep[0]);
  });

  it('refuses a small graph that would explode into copies', () => {
    let graph: unknown = 1;
    for (let level = 0; level < 30; level++) graph = [graph, graph];
    expect(refusalOf(graph)).toContain('comes after 1000000 others');
  });

  it.each([
    ['half a message', '{"a":'],
    ['an unknown tag', '{"$":"regexp","v":"a"}'],
    ['a tag with the wrong content', '{"$":"bigint","v":"1.5"}'],
    ['a key __proto__', '{"__proto__":{"admin":true}}'],
    ['a hidden key __proto__', '{"$":"object","v":[["__proto__",1]]}'],
    ['bottomless nesting', '['.repeat(5_000) + ']'.repeat(5_000)],
  ])('does not read %s', (_, text) => {
    expect(() => fromWire(text)).toThrow(Fault);
  });
});
