import { judgeLists, type ListTransaction } from './judge.js';

let clock = 0n;
function transaction(
  opId: string,
  appends: Record<string, string>,
  reads: Record<string, string[]>,
  options: Partial<ListTransaction> = {},
): ListTransaction {
  clock += 10n;
  return {
    opId,
    type: 'ok',
    appends: Object.entries(appends).map(([list, item]) => ({ list, item })),
    reads,
    from: clock,
    to: clock + 5n,
    ...options,
  };
}
const final = (lists: Record<string, string[]>) => new Map(Object.entries(lists));
/** All at the same time: nothing is ordered by the clock. */
const AT_ONCE = { from: 0n, to: 1_000_000n };

it('finds nothing in a serial history', () => {
  const history = [
    transaction('t1', { x: 'a' }, { x: [] }),
    transaction('t2', { x: 'b', y: 'c' }, { x: ['a'], y: [] }),
    transaction('t3', {}, { x: ['a', 'b'], y: ['c'] }),
  ];
  expect(judgeLists(history, final({ x: ['a', 'b'], y: ['c'] }))).toEqual([]);
});

it.each([
  ['lost append', [transaction('t1', { x: 'a' }, {}, AT_ONCE)], { x: [] }],
  ['append of a failed transaction', [transaction('t1', { x: 'a' }, {}, { type: 'fail' })], { x: ['a'] }],
  ['doubled append', [transaction('t1', { x: 'a' }, {}, AT_ONCE)], { x: ['a', 'a'] }],
  ['unknown item', [], { x: ['z'] }],
  [
    'what never was',
    [transaction('t1', { x: 'a' }, {}, AT_ONCE), transaction('t2', {}, { x: ['b'] }, AT_ONCE)],
    { x: ['a'] },
  ],
  [
    'G0',
    [
      transaction('t1', { x: 'a1', y: 'b1' }, {}, AT_ONCE),
      transaction('t2', { x: 'a2', y: 'b2' }, {}, AT_ONCE),
    ],
    { x: ['a1', 'a2'], y: ['b2', 'b1'] },
  ],
  [
    'G1c',
    [
      transaction('t1', { x: 'a' }, { y: ['b'] }, AT_ONCE),
      transaction('t2', { y: 'b' }, { x: ['a'] }, AT_ONCE),
    ],
    { x: ['a'], y: ['b'] },
  ],
  [
    'G-single',
    [transaction('t1', { x: 'a', y: 'b' }, {}, AT_ONCE), transaction('t2', {}, { x: ['a'], y: [] }, AT_ONCE)],
    { x: ['a'], y: ['b'] },
  ],
  [
    'G2',
    [transaction('t1', { x: 'a' }, { y: [] }, AT_ONCE), transaction('t2', { y: 'b' }, { x: [] }, AT_ONCE)],
    { x: ['a'], y: ['b'] },
  ],
  [
    '-time→',
    [
      transaction('t1', { x: 'a' }, {}, { from: 1n, to: 2n }),
      transaction('t2', {}, { x: [] }, { from: 3n, to: 4n }),
    ],
    { x: ['a'] },
  ],
])('finds: %s', (what, history, lists) => {
  const found = judgeLists(history as ListTransaction[], final(lists as Record<string, string[]>));
  expect(found.join('\n')).toContain(what);
});

it('takes what nobody knows for possible either way', () => {
  const unsure = transaction('t1', { x: 'a' }, {}, { type: 'info' });
  expect(judgeLists([unsure], final({ x: ['a'] }))).toEqual([]);
  expect(judgeLists([unsure], final({ x: [] }))).toEqual([]);
});
