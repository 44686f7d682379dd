import { killedAt } from './killed-at.js';

export const a8 = killedAt(
  {
    name: 'A8',
    injects: 'kills a worker inside of a listener, its effects written and not committed, three times',
    holds: 'all of it is rolled back, and there is one effect later',
  },
  'audit',
  'effect written',
);
