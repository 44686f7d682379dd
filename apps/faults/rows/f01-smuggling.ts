import type { Row } from './row.js';

export const f1: Row = {
  name: 'F1',
  injects: 'requests that smuggle others through the edge of a strangled legacy',
  holds: 'the back end is asked just what the edge has accepted',
  notApplicable: () =>
    'waits for a part that is not built: an edge in front of a legacy (between modules: placement/forward/smuggling.spec.ts)',
  inject: () => Promise.resolve(),
};
