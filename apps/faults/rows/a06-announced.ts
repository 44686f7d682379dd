import { killedAt } from './killed-at.js';

export const a6 = killedAt(
  {
    name: 'A6',
    injects: 'kills the process right after its jobs were added, before it knows, three times',
    holds: 'lanes may be announced twice, and every effect is there once',
  },
  'bank',
  'jobs added',
);
