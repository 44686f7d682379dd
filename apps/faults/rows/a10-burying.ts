import type { Row } from './row.js';

export const a10: Row = {
  name: 'A10',
  injects: 'kills a worker while it writes a dead letter: after the record, and inside of whenDead',
  holds: 'the delivery is pending still or dead, never neither, and its attempts are counted once',
  inject: async (bed) => {
    await bed.strike('audit', { point: 'failure recorded', action: 'kill', nth: 2 }, 40_000);
    await bed.clients.done(20);
    await bed.strike('audit', { point: 'burying', action: 'kill' }, 60_000);
    await bed.clients.done(20);
  },
};
