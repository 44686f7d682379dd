import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Check } from '../check.js';

/** O12: after the healing everything comes to rest. The orchestrator has looked, also into BullMQ, and written down what it saw. */
export const rest: readonly Check[] = [
  {
    name: 'O12 at rest',
    says: 'within a minute of the healing nothing is pending, and no transaction is forgotten',
    find: async ({ folder }) => {
      const seen = JSON.parse(readFileSync(join(folder, 'rest.json'), 'utf8')) as { quiet: boolean };
      return seen.quiet ? [] : [seen];
    },
  },
];
