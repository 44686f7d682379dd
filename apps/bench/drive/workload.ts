import type { Metrics } from './metrics.js';
import { drawTransaction, type Mix } from './mix.js';
import { randomFor } from './random.js';
import type { Stage } from './stage.js';
import { EVERY_TRANSACTION } from './transactions/every.js';

/** What every worker does. */
export interface Plan {
  /** Names the run in every tid: `<run>-<worker>-<n>`. */
  readonly run: string;
  readonly seed: number;
  readonly mix: Mix;
  readonly concurrency: number;
}

/** A workload that runs. */
export interface Workload {
  /** Transactions that have begun and not ended. */
  readonly outstanding: () => number;
  /** Resolves when every worker has ended its last transaction; rejects only for a defect of the driver. */
  readonly finished: Promise<void>;
}

/**
 * Runs the closed loop: every worker begins a transaction when its last one has ended, so that `concurrency` are
 * outstanding at any time, until the stage is over.
 */
export function beginWorkload(stage: Stage, plan: Plan, metrics: Metrics): Workload {
  let outstanding = 0;
  const worker = async (number: number) => {
    for (let n = 1; !stage.over(); n++) {
      if (!(await stage.client.present(stage.over))) return;
      const random = randomFor(plan.seed, number, n);
      const name = drawTransaction(plan.mix, random);
      outstanding++;
      const ending = await EVERY_TRANSACTION[name](stage, { tid: `${plan.run}-${number}-${n}`, random });
      outstanding--;
      metrics.record(name, ending);
    }
  };
  const workers = Array.from({ length: plan.concurrency }, (_, at) => worker(at + 1));
  return { outstanding: () => outstanding, finished: Promise.all(workers).then(() => undefined) };
}
