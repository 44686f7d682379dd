import { existsSync, readFileSync } from 'node:fs';
import type { Random } from './random.js';

/** The five transactions of the workload (spec, section 5). */
export const TRANSACTIONS = [
  'CUSTOMER_SESSION',
  'QUERY_DASHBOARD',
  'PRICE_UPDATE',
  'UPDATE_PRODUCT',
  'UPDATE_DELIVERY',
] as const;
export type TransactionName = (typeof TRANSACTIONS)[number];

/** Cumulative thresholds in the order in which they are tried; the last is 100. */
export type Mix = readonly (readonly [TransactionName, number])[];

/** The two mixes of the spec, section 10. */
export const MIXES: Readonly<Record<'published' | 'later', Mix>> = {
  published: [
    ['CUSTOMER_SESSION', 30],
    ['QUERY_DASHBOARD', 35],
    ['PRICE_UPDATE', 38],
    ['UPDATE_PRODUCT', 40],
    ['UPDATE_DELIVERY', 100],
  ],
  later: [
    ['PRICE_UPDATE', 10],
    ['UPDATE_PRODUCT', 20],
    ['QUERY_DASHBOARD', 30],
    ['CUSTOMER_SESSION', 100],
  ],
};

/** Draws a transaction: x of 0..100, both included (101 values), and the first entry whose threshold is not below it. */
export function drawTransaction(mix: Mix, random: Random): TransactionName {
  return transactionAt(mix, random.int(0, 100));
}

/** The transaction that the value `x` (0..100) stands for. */
export function transactionAt(mix: Mix, x: number): TransactionName {
  for (const [name, threshold] of mix) if (x <= threshold) return name;
  throw new RangeError(`${x} is above the last threshold of the mix, which must be 100.`);
}

/**
 * Reads a mix: `published`, `later`, thresholds as text (`CUSTOMER_SESSION=30,UPDATE_DELIVERY=100`), or a JSON file with an
 * object of them, in order.
 *
 * @throws Error with a sentence for people when it is none of them, or thresholds don't rise to 100
 */
export function readMix(text: string): Mix {
  if (text === 'published' || text === 'later') return MIXES[text];
  const entries: [string, number][] = existsSync(text)
    ? Object.entries(JSON.parse(readFileSync(text, 'utf8')) as Record<string, number>)
    : text.split(',').map((part) => {
        const [name = '', threshold] = part.split('=');
        return [name.trim(), Number(threshold)];
      });
  return checkedMix(entries);
}

function checkedMix(entries: [string, number][]): Mix {
  let before = -1;
  const seen = new Set<string>();
  for (const [name, threshold] of entries) {
    if (!TRANSACTIONS.includes(name as TransactionName) || seen.has(name)) {
      throw new Error(
        `The mix has "${name}" where one of ${TRANSACTIONS.join(', ')} is expected, each once. ` +
          'Give published, later, a JSON file, or thresholds like CUSTOMER_SESSION=30,UPDATE_DELIVERY=100.',
      );
    }
    if (!Number.isInteger(threshold) || threshold <= before || threshold > 100) {
      throw new Error(
        `The thresholds of a mix are whole numbers that rise to 100; "${name}" has ${threshold}.`,
      );
    }
    seen.add(name);
    before = threshold;
  }
  if (before !== 100) throw new Error(`The last threshold of a mix is 100; this one ends at ${before}.`);
  return entries as [TransactionName, number][];
}
