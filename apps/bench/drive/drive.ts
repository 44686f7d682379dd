import { randomInt } from 'node:crypto';
import { cpus } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { Catalogue } from './catalogue.js';
import { Client } from './client.js';
import { IdleCustomers } from './customers.js';
import { DashboardCheck } from './dashboard.js';
import type { Database } from './database.js';
import { decide, deliveryKey, inspect } from './inspect.js';
import { Ledger } from './ledger.js';
import { MarkStream } from './marks.js';
import { Metrics } from './metrics.js';
import type { Options } from './options.js';
import { Outcomes } from './outcomes.js';
import { greet, type Prepared, prepare } from './prepare.js';
import { Progress, workloadLine } from './progress.js';
import { Requests } from './requests.js';
import { deadDeliveries, untilRest } from './rest.js';
import { type Result, verdictOf } from './result.js';
import type { Run } from './run.js';
import type { Stage } from './stage.js';
import { Watch } from './watch.js';
import { beginWorkload, type Workload } from './workload.js';

/**
 * Makes one run: loads, drives, waits, judges.
 *
 * @param interrupted aborted by Ctrl-C: the workload ends early and is judged all the same
 * @param progress where the live line is shown; the standard output unless told
 * @throws Error with the cure when the run cannot be made
 */
export async function drive(
  options: Options,
  database: Database,
  interrupted: AbortSignal,
  progress = new Progress(),
): Promise<Result> {
  const requests = new Requests();
  const client = new Client(options.url, requests);
  const name = `d${Date.now().toString(36)}${randomInt(36, 36 ** 2).toString(36)}`;
  const run: Run = { name, options, database, client, progress, interrupted };
  try {
    await greet(run);
    const deadBefore = new Set((await deadDeliveries(database)).map(deliveryKey));
    return await perform(run, requests, await prepare(run), deadBefore);
  } finally {
    run.progress.end();
    client.close();
  }
}

async function perform(
  run: Run,
  requests: Requests,
  { data, scope }: Prepared,
  deadBefore: ReadonlySet<string>,
): Promise<Result> {
  const { options, database, client } = run;
  const outcomes = new Outcomes();
  const ledger = new Ledger();
  const dashboards = new DashboardCheck();
  const metrics = new Metrics();
  const watch = new Watch(database, scope);
  const marks = new MarkStream(options.url, await lastMark(database), (mark) => outcomes.hear(mark));
  await marks.start();
  try {
    const startedAt = new Date().toISOString();
    const from = performance.now();
    const cpuBefore = process.cpuUsage();
    const over = () => run.interrupted.aborted || performance.now() - from >= options.seconds * 1000;
    const catalogue = new Catalogue(data.products, scope.firstSeller, options);
    const customers = new IdleCustomers(data.customers);
    const { uniqueSeller } = options;
    const stage: Stage = { client, outcomes, catalogue, customers, ledger, dashboards, uniqueSeller, over };
    const workload = beginWorkload(stage, { ...options, run: run.name }, metrics);
    if (options.check) watch.start();
    const to = await whileItLasts(run, { workload, metrics, requests, from, over });
    const cpu = process.cpuUsage(cpuBefore);
    await watch.stop();
    await lastMarks(run, workload, outcomes, marks);
    const findings = options.check
      ? await inspect(run, { ...scope, accepted: ledger.accepted }, deadBefore)
      : undefined;
    const result: Omit<Result, 'verdict'> = {
      run: run.name,
      startedAt,
      options,
      machine: machine(),
      measured: metrics.measured(from, to),
      driverCpuSeconds: (cpu.user + cpu.system) / 1e6,
      requests: { sent: requests.sent, failed: requests.failed, failures: requests.failures() },
      undecided: await decide(database, ledger.unknown),
      marksReopened: marks.reopened,
      watch: { looks: watch.looks, violations: watch.violations },
      dashboards: { looked: dashboards.looked, wrong: dashboards.wrong, sample: dashboards.sample },
      ...(findings && { findings }),
    };
    return { ...result, verdict: verdictOf(result) };
  } finally {
    outcomes.close();
    await watch.stop();
    await marks.stop();
  }
}

/** Shows how it goes until the time is up, or Ctrl-C; a defect of the driver ends it at once. @returns when it ended */
async function whileItLasts(
  { progress, options }: Run,
  parts: { workload: Workload; metrics: Metrics; requests: Requests; from: number; over: () => boolean },
): Promise<number> {
  const { workload, metrics, requests, from, over } = parts;
  const line = workloadLine();
  progress.begin(() =>
    line({
      elapsedSeconds: (performance.now() - from) / 1000,
      seconds: options.seconds,
      completed: metrics.completed,
      outstanding: workload.outstanding(),
      aborts: metrics.failed,
      failedRequests: requests.failed,
    }),
  );
  while (!over()) await Promise.race([workload.finished, pause(100)]);
  progress.end();
  return Math.min(performance.now(), from + options.seconds * 1000);
}

/** Waits for the last answers and marks: no longer than until nothing can come any more, or the time for it is up. */
async function lastMarks(
  { database, options, progress }: Run,
  workload: Workload,
  outcomes: Outcomes,
  marks: MarkStream,
) {
  let finished = false;
  const done = workload.finished.finally(() => {
    finished = true;
  });
  const until = performance.now() + options.quiet * 1000;
  progress.begin(() => `the run is over  ${workload.outstanding()} transactions outstanding`);
  while (!finished && performance.now() < until) {
    await Promise.race([done, pause(500)]);
    const onlyMarks = workload.outstanding() === outcomes.waiting;
    if (!onlyMarks || finished) continue;
    const left = await untilRest(database, 0.3);
    if (left.length === 0 && marks.heardUpTo >= BigInt(await lastMark(database))) break;
  }
  outcomes.close();
  await done;
  progress.end();
}

async function lastMark(database: Database): Promise<string> {
  const [row] = await database.query<{ id: string }>(
    'select coalesce(max(id), 0)::text as id from benchmark.transaction_marks',
  );
  return row?.id ?? '0';
}

function machine(): Result['machine'] {
  const all = cpus();
  return {
    node: process.version,
    cores: all.length,
    cpu: all[0]?.model ?? 'unknown',
    platform: `${process.platform} ${process.arch}`,
  };
}
