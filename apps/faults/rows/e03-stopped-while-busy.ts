import { join } from 'node:path';
import { linesOf } from '../oracle/history.js';
import type { Bed } from '../stack/bed.js';
import { holds, type Row } from './row.js';

/** What a stop gives to work in hand, and what its last steps may take beyond it, in milliseconds. */
const GRACE_MS = 4_000;
const BEYOND_MS = 2_000;
/** How soon after the signal nothing new is begun any more, in milliseconds. */
const TAKES_UNTIL_MS = 1_000;

export const e3: Row = {
  name: 'E3',
  injects:
    'SIGTERM to a process whose handlers are all at work, one of them for longer than the stop may take',
  holds:
    'it takes nothing new after a second, ends with code 0 within its time and two seconds, and what it could not finish is done by others, once',
  untilNoJobs: true,
  bed: { env: { STOP_TIMEOUT_MS: String(GRACE_MS) } },
  inject: async (bed) => {
    const app = bed.hostOf('audit');
    const { pid } = app;
    await app.arm({ point: 'effect written', action: 'pause', ms: 1_500, times: 20 });
    await app.arm({ point: 'called out', action: 'pause', ms: 4 * GRACE_MS, times: 1 });
    await bed.until(
      () => app.strikes('effect written') >= 3 && app.strikes('called out') >= 1,
      'handlers are at work',
    );
    bed.faults.push('SIGTERM while busy');
    const told = Date.now();
    const { code, signal, ms } = await app.stop(GRACE_MS + 10_000);
    await app.startAgain();
    holds(code === 0, `It ended with ${signal ?? `code ${code}`}.`);
    holds(ms <= GRACE_MS + BEYOND_MS, `It took ${Math.round(ms)} ms to stop.`);
    const late = begunAfter(bed, pid, told + TAKES_UNTIL_MS);
    holds(
      late === 0,
      `It began ${late} deliveries more than ${TAKES_UNTIL_MS} ms after it was told to stop.`,
    );
  },
};

function begunAfter(bed: Bed, pid: number, moment: number): number {
  return linesOf(join(bed.folder, `attempts-${pid}.jsonl`)).filter(({ at }) => (at as number) > moment)
    .length;
}
