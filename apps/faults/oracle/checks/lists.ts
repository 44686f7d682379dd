import type { Check } from '../check.js';
import { judgeLists, type ListTransaction } from '../lists/judge.js';

/** The isolation of the business transactions, judged by what they read and appended. */
export const lists: readonly Check[] = [
  {
    name: 'lists',
    says: 'transactions that lock what they touch are serializable: no lost append, no torn read, no cycle',
    find: async ({ client, history }) => {
      const { rows } = await client.query<{ name: string; items: string[] }>(
        'select name, items from bank.lists',
      );
      const final = new Map(rows.map(({ name, items }) => [name, items]));
      const transactions = history
        .filter(({ f }) => f === 'transaction')
        .map(
          ({ opId, type, args, result, from, to }): ListTransaction => ({
            ...{ opId, type, from, to },
            appends: args['append'] as { list: string; item: string }[],
            reads: (result?.['seen'] ?? {}) as Record<string, string[]>,
          }),
        );
      return judgeLists(transactions, final);
    },
  },
];
