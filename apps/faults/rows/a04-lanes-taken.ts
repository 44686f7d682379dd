import { killedAt } from './killed-at.js';

export const a4 = killedAt(
  {
    name: 'A4',
    injects: 'kills the process that has taken lanes to announce, before BullMQ hears of any, three times',
    holds: 'the sweep of whoever is left finds what nobody was woken for',
  },
  'bank',
  'lanes taken for announcing',
);
