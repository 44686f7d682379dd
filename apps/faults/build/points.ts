import type { Patch } from './patch.js';

/** Places of the product at which a process may be told to die, hang or fail. Those of the test bed's own code stand in bed/. */
export type ProductPoint =
  | 'events written'
  | 'lanes taken for announcing'
  | 'half of the jobs added'
  | 'jobs added'
  | 'job taken'
  | 'failure recorded';

const at = (point: ProductPoint) => `await globalThis.banyanFaultPoint?.('${point}');`;

/** The product has no switches for tests: the places are patched into the copy that is run. */
export const POINTS: readonly Patch[] = [
  {
    file: 'libs/platform/work/module-unit-of-work.ts',
    find: 'const answers = await unit.commit(writing?.statements ?? []);',
    put: `const apart = writing && globalThis.banyanFaultPoints?.has('events written');
    const results = await Promise.all((apart ? writing.statements : []).map(({ sql, values }) => unit.execute(sql, values)));
    const sent = results.map(({ rows, rowCount }) => ({ rows: rows.map(Object.values), tag: \`INSERT 0 \${rowCount}\` }));
    if (apart) ${at('events written')}
    const answers = [...sent, ...(await unit.commit(apart ? [] : (writing?.statements ?? [])))];`,
  },
  {
    file: 'libs/platform/events/wake/waker.ts',
    find: 'await within(SEND_WITHIN_MS, this.queueOf(name).addBulk(jobs));',
    put: `${at('lanes taken for announcing')}
        if (globalThis.banyanFaultPoints?.has('half of the jobs added')) {
          await this.queueOf(name).addBulk(jobs.slice(0, Math.floor(jobs.length / 2)));
          ${at('half of the jobs added')}
        }
        await within(SEND_WITHIN_MS, this.queueOf(name).addBulk(jobs));
        ${at('jobs added')}`,
  },
  {
    file: 'libs/platform/events/wake/wake-workers.ts',
    find: 'const state = await inContext(context, () => this.courier.work(wakeUp));',
    put: `${at('job taken')}
      const state = await inContext(context, () => this.courier.work(wakeUp));`,
  },
  {
    file: 'libs/platform/events/bury.ts',
    find: 'if (!recorded) return undefined;',
    put: `if (!recorded) return undefined;
  ${at('failure recorded')}`,
  },
];
