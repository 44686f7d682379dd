import type { Row } from './row.js';
import { AGAIN_WITHIN_MS, killedAndTakenUp } from './taken-up.js';

export const a7: Row = {
  name: 'A7',
  injects: 'kills a worker that has taken a job and not yet looked into its lane, three times',
  holds: `what it was to do is done within ${AGAIN_WITHIN_MS / 1_000} s from when somebody works for its module`,
  inject: async (bed) => {
    for (let time = 1; time <= 3; time++) {
      await killedAndTakenUp(bed, time * 2);
      await bed.clients.done(15);
    }
  },
};
