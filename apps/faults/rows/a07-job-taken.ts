import { holds, type Row } from './row.js';

/** How long what a dead worker had taken may wait, in milliseconds: BullMQ alone would take 61 s. */
const AGAIN_WITHIN_MS = 20_000;

export const a7: Row = {
  name: 'A7',
  injects: 'kills a worker that has taken a job and not yet looked into its lane, three times',
  holds: `what it was to do is done by others within ${AGAIN_WITHIN_MS / 1_000} s`,
  inject: async (bed) => {
    for (let time = 1; time <= 3; time++) {
      await bed.strike('audit', { point: 'job taken', action: 'kill', nth: time * 2 }, 60_000);
      await bed.clients.done(15);
    }
    await bed.clients.stop();
    const { quiet, ms } = await bed.rest(AGAIN_WITHIN_MS);
    holds(quiet, `Deliveries of the killed worker still wait after ${ms} ms.`);
  },
};
