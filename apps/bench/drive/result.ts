import type { CausalReport } from './causal.js';
import type { Judgement } from './judge.js';
import type { Measured } from './metrics.js';
import type { Options } from './options.js';
import type { FailedRequests } from './requests.js';
import type { DeadDelivery, Leftover } from './rest.js';

/** What became of the checkouts that never got an answer, as the database tells. */
export interface Undecided {
  readonly count: number;
  readonly succeeded: number;
  readonly refused: number;
  /** Nothing of them is in the database: they never happened. */
  readonly nothing: number;
}

/** How the data were found after the run. */
export interface Findings {
  /** Deliveries still pending when waiting was given up; empty: the system came to rest. */
  readonly left: readonly Leftover[];
  readonly restAfterSeconds: number;
  /** Deliveries that died since the run began. */
  readonly dead: readonly DeadDelivery[];
  readonly invariants: readonly Judgement[];
  readonly causal: CausalReport;
}

/** Everything that a run can tell; what `--json` writes. */
export interface Result {
  readonly run: string;
  readonly startedAt: string;
  readonly options: Options;
  readonly machine: {
    readonly node: string;
    readonly cores: number;
    readonly cpu: string;
    readonly platform: string;
  };
  readonly measured: Measured;
  /** CPU that the driver itself took while the workload ran, in seconds: it shares the cores with the system. */
  readonly driverCpuSeconds: number;
  readonly requests: {
    readonly sent: number;
    readonly failed: number;
    readonly failures: readonly FailedRequests[];
  };
  readonly undecided: Undecided;
  readonly marksReopened: number;
  /** I1 and I8 while the load ran: how often they were looked at, and what was found. */
  readonly watch: { readonly looks: number; readonly violations: readonly Judgement[] };
  readonly dashboards: {
    readonly looked: number;
    readonly wrong: number;
    readonly sample: readonly unknown[];
  };
  /** Undefined with --no-check. */
  readonly findings?: Findings;
  /** Why the run failed, one sentence each; empty: everything held. */
  readonly verdict: readonly string[];
}

/** The reasons for which a run fails. */
export function verdictOf(result: Omit<Result, 'verdict'>): string[] {
  const reasons: string[] = [];
  const { findings, options, requests, dashboards, watch } = result;
  const because = (count: number, reason: string) => count > 0 && reasons.push(reason);
  because(
    dashboards.wrong,
    `I13: ${dashboards.wrong} of ${dashboards.looked} dashboard answers disagree with themselves.`,
  );
  for (const { id, violations } of watch.violations)
    because(violations, `${id} was violated under load: ${violations} rows.`);
  if (!options.failures) because(requests.failed, `${requests.failed} of ${requests.sent} requests failed.`);
  if (!findings) return reasons;
  for (const { id, violations, claim } of findings.invariants) {
    because(violations, `${id} is violated by ${violations} rows: ${claim}.`);
  }
  because(findings.causal.anomalies, `${findings.causal.anomalies} causal anomalies in submitted carts.`);
  because(findings.causal.phantoms, `${findings.causal.phantoms} phantom prices in submitted carts.`);
  because(findings.dead.length, `${findings.dead.length} deliveries died: npx banyan dead-letters list.`);
  const left = findings.left.reduce((sum, each) => sum + each.count, 0);
  because(left, `The system did not come to rest: ${left} deliveries are pending after ${options.quiet} s.`);
  return reasons;
}
