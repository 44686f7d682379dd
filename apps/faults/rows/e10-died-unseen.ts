import type { Row } from './row.js';
import { AGAIN_WITHIN_MS, killedAndTakenUp } from './taken-up.js';

/** Every process takes its machine for one of its own, so that none can see by the kernel that another is gone. */
const ALONE_ON_ITS_MACHINE = `import os from 'node:os'; import { syncBuiltinESMExports } from 'node:module';
os.hostname = () => 'machine' + process.pid; syncBuiltinESMExports();`;

/** A silent instance is left out of the registry after this long, in milliseconds. */
const SHOWN_DEAD_WITHIN_MS = 15_000;

export const e10: Row = {
  name: 'E10',
  injects: 'kills a worker twice that nobody has seen die: no supervisor, and nobody else on its machine',
  holds: `it is out of the registry within ${SHOWN_DEAD_WITHIN_MS / 1_000} s, and what it was to do is done within ${AGAIN_WITHIN_MS / 1_000} s by others`,
  bed: { flags: ['--import', `data:text/javascript,${encodeURIComponent(ALONE_ON_ITS_MACHINE)}`] },
  inject: async (bed) => {
    for (let time = 1; time <= 2; time++) {
      const pid = bed.hostOf('audit').pid;
      await killedAndTakenUp(bed, time * 2);
      const shown = () => bed.banyan('instances');
      await bed.until(
        async () => !(await shown()).printed.includes(`machine${pid}-`),
        'the dead instance is out of the registry',
        SHOWN_DEAD_WITHIN_MS,
      );
      await bed.clients.done(15);
    }
  },
};
