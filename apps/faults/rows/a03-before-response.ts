import { killedAt } from './killed-at.js';

export const a3 = killedAt(
  {
    name: 'A3',
    injects: 'kills the process between the commit of a request and its answer, three times',
    holds: 'sent again under its id, the operation counts once, and its events are delivered once',
  },
  'bank',
  'request committed',
);
