import { killedAt } from './killed-at.js';

export const a5 = killedAt(
  {
    name: 'A5',
    injects: 'kills the process after half of its jobs were added, three times',
    holds: 'the other half is found by the sweep',
  },
  'bank',
  'half of the jobs added',
);
