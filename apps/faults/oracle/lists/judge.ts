import { cyclesOf, type Dependency } from './cycles.js';

/** A transaction that appended unique items to lists, and read lists before that. */
export interface ListTransaction {
  readonly opId: string;
  readonly type: 'ok' | 'fail' | 'info';
  readonly appends: readonly { readonly list: string; readonly item: string }[];
  /** What it saw, list by list, before its own appends. */
  readonly reads: Readonly<Record<string, readonly string[]>>;
  readonly from: bigint;
  readonly to: bigint;
}

/**
 * Judges transactions by the lists that they left: the final order of a list is the order of its versions, so every read says
 * which versions were there, and who came before whom.
 *
 * @returns what is wrong, in sentences
 */
export function judgeLists(
  transactions: readonly ListTransaction[],
  final: ReadonlyMap<string, readonly string[]>,
): string[] {
  return [
    ...judgeAppends(transactions, final),
    ...judgeReads(transactions, final),
    ...cyclesOf(dependenciesOf(transactions, final)),
  ];
}

function judgeAppends(
  transactions: readonly ListTransaction[],
  final: ReadonlyMap<string, readonly string[]>,
): string[] {
  const wrong: string[] = [];
  const known = new Set<string>();
  for (const { opId, type, appends } of transactions) {
    for (const { list, item } of appends) {
      known.add(item);
      const times = (final.get(list) ?? []).filter((each) => each === item).length;
      if (type === 'ok' && times === 0) wrong.push(`lost append: ${item} of ${opId} is not in ${list}`);
      if (type === 'fail' && times > 0)
        wrong.push(`append of a failed transaction: ${item} of ${opId} in ${list}`);
      if (times > 1) wrong.push(`doubled append: ${item} of ${opId} is in ${list} ${times} times`);
    }
  }
  for (const [list, items] of final) {
    for (const item of items) if (!known.has(item)) wrong.push(`unknown item ${item} in ${list}`);
  }
  return wrong;
}

function judgeReads(
  transactions: readonly ListTransaction[],
  final: ReadonlyMap<string, readonly string[]>,
): string[] {
  return transactions.flatMap(({ opId, reads }) =>
    Object.entries(reads).flatMap(([list, seen]) => {
      const items = final.get(list) ?? [];
      const prefix = seen.every((item, at) => items[at] === item);
      return prefix ? [] : [`${opId} read of ${list} what never was: not a beginning of its final order`];
    }),
  );
}

/** Who came before whom, and why. */
function dependenciesOf(
  transactions: readonly ListTransaction[],
  final: ReadonlyMap<string, readonly string[]>,
): Dependency[] {
  const writer = new Map<string, string>();
  for (const { opId, appends } of transactions) for (const { item } of appends) writer.set(item, opId);
  const found: Dependency[] = [];
  const add = (from: string | undefined, to: string | undefined, kind: Dependency['kind']) => {
    if (from !== undefined && to !== undefined && from !== to) found.push({ from, to, kind });
  };
  for (const items of final.values()) {
    items.forEach((item, at) => {
      if (at > 0) add(writer.get(items[at - 1] as string), writer.get(item), 'ww');
    });
  }
  for (const { opId, reads } of transactions) {
    for (const [list, seen] of Object.entries(reads)) {
      if (seen.length > 0) add(writer.get(seen.at(-1) as string), opId, 'wr');
      add(opId, writer.get((final.get(list) ?? [])[seen.length] ?? ''), 'rw');
    }
  }
  found.push(...realTime(transactions.filter(({ type }) => type === 'ok')));
  return found;
}

/** An operation that was answered before another was asked for came before it. Only the nearest ones: the rest follows. */
function realTime(transactions: readonly ListTransaction[]): Dependency[] {
  const byEnd = [...transactions].sort((a, b) => Number(a.to - b.to));
  const byBeginning = [...transactions].sort((a, b) => Number(a.from - b.from));
  const found: Dependency[] = [];
  let ended = 0;
  for (const later of byBeginning) {
    while (ended < byEnd.length && (byEnd[ended] as ListTransaction).to < later.from) ended += 1;
    // As many clients as there are work at once: behind those, everybody is reached through them.
    for (const earlier of byEnd.slice(Math.max(0, ended - 8), ended)) {
      found.push({ from: earlier.opId, to: later.opId, kind: 'time' });
    }
  }
  return found;
}
