import Table from 'cli-table3';
import pc from 'picocolors';
import { TRANSACTIONS } from './mix.js';
import type { Result } from './result.js';

/** The result of a run for people, as text. */
export function reportOf(result: Result): string {
  const parts = [
    heading(result),
    throughput(result),
    latencies(result),
    aborts(result),
    requests(result),
    replication(result),
    judgement(result),
    verdict(result),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function heading({ run, options, machine, measured }: Result): string {
  const mix = options.mix.map(([name, threshold]) => `${name} ${threshold}`).join(', ');
  return [
    pc.bold(
      `Run ${run}: ${measured.seconds.toFixed(1)} s, ${options.concurrency} transactions outstanding, seed ${options.seed}`,
    ),
    pc.dim(`mix ${mix}`),
    pc.dim(
      `sellers ${options.sellerDistribution}, products ${options.keyDistribution}; ${machine.cores} x ${machine.cpu}, Node ${machine.node}`,
    ),
  ].join('\n');
}

function throughput({ measured }: Result): string {
  const epochs = measured.epochs
    .map(({ from, to, perSecond }) => `${from}-${Number(to.toFixed(1))} s: ${perSecond.toFixed(1)}`)
    .join('   ');
  const late = measured.late > 0 ? pc.dim(` (${measured.late} more ended after the run)`) : '';
  return `Throughput ${pc.bold(`${measured.perSecond.toFixed(1)} tx/s`)}, ${measured.completed} transactions${late}\n  ${epochs}`;
}

function latencies({ measured }: Result): string {
  const table = newTable(['ms', 'count', 'mean', 'p50', 'p75', 'p90', 'p95', 'p99', 'max']);
  for (const name of TRANSACTIONS) {
    const { count, mean, p50, p75, p90, p95, p99, max } = measured.transactions[name];
    if (count > 0)
      table.push([name, String(count), ...[mean, p50, p75, p90, p95, p99, max].map((ms) => ms.toFixed(1))]);
  }
  return table.toString();
}

function aborts({ measured, undecided }: Result): string {
  if (measured.aborts.length === 0) return 'No aborts.';
  const table = newTable(['not completed', 'outcome', 'source', 'count']);
  for (const { type, outcome, source, count } of measured.aborts)
    table.push([type, outcome, source, String(count)]);
  if (undecided.count === 0) return table.toString();
  return (
    `${table.toString()}\nOf ${undecided.count} checkouts that never got an answer, ${undecided.succeeded} succeeded in the end, ` +
    `${undecided.refused} were refused, ${undecided.nothing} never happened.`
  );
}

function requests({ requests: { sent, failed, failures }, marksReopened, driverCpuSeconds }: Result): string {
  const cpu = pc.dim(` The driver itself took ${driverCpuSeconds.toFixed(1)} s of CPU.`);
  const again = marksReopened > 0 ? ` The stream of marks was opened again ${marksReopened} times.` : '';
  if (failed === 0) return `${sent} requests, none failed.${again}${cpu}`;
  const table = newTable(['failed request', 'answer', 'count', 'first one']);
  for (const { request, failure, unknown, count, sample } of failures) {
    table.push([
      request,
      unknown ? `${failure} (outcome unknown)` : failure,
      String(count),
      printable(sample.slice(0, 80)),
    ]);
  }
  return `${sent} requests, ${pc.yellow(`${failed} failed`)}.${again}${cpu}\n${table.toString()}`;
}

function replication({ findings }: Result): string {
  if (!findings) return '';
  const { carts, lines, anomalies, phantoms, sample } = findings.causal;
  const text = `${held(anomalies + phantoms)} Replication: ${anomalies} causal anomalies, ${phantoms} phantom prices in ${lines} lines of ${carts} carts (one seller each)`;
  return [text, ...sample.map(row)].join('\n');
}

function judgement({ findings, watch, dashboards }: Result): string {
  if (!findings) return pc.dim('Not judged (--no-check).');
  const lines: [number, string, readonly unknown[]][] = findings.invariants.map(
    ({ id, claim, violations, sample }) => [violations, `${id.padEnd(4)} ${claim}`, sample],
  );
  const ofDashboards = `I13  every dashboard answer agrees with itself (${dashboards.looked} looked at)`;
  const behind = lines.findIndex(([, text]) => Number(text.slice(1, 4)) > 13);
  lines.splice(behind, 0, [dashboards.wrong, ofDashboards, dashboards.sample]);
  const underLoad = watch.violations.reduce((sum, each) => sum + each.violations, 0);
  lines.push([
    underLoad,
    `under load: I1 and I8, looked at ${watch.looks} times`,
    watch.violations.flatMap((v) => v.sample),
  ]);
  lines.push([findings.dead.length, 'no delivery died', findings.dead.slice(0, 10)]);
  const left = findings.left.reduce((sum, each) => sum + each.count, 0);
  lines.push([left, `the system came to rest (after ${findings.restAfterSeconds} s)`, findings.left]);
  return lines
    .flatMap(([violations, text, sample]) => [
      `${held(violations)} ${text}${violations > 0 ? pc.red(`: ${violations}`) : ''}`,
      ...(violations > 0 ? sample.map(row) : []),
    ])
    .join('\n');
}

function verdict({ verdict: reasons, findings }: Result): string {
  if (reasons.length > 0)
    return [pc.red(pc.bold('The run failed.')), ...reasons.map((reason) => `  ${reason}`)].join('\n');
  return pc.green(pc.bold(findings ? 'Everything held.' : 'The run is done.'));
}

function newTable(head: string[]) {
  const colAligns = head.map(
    (title) => (/^(count|mean|max|p\d+)$/.test(title) ? 'right' : 'left') as 'right' | 'left',
  );
  return new Table({
    head,
    colAligns,
    style: { head: [], border: pc.isColorSupported ? ['gray'] : [], compact: true },
  });
}

function held(violations: number): string {
  return violations === 0 ? pc.green('held') : pc.red('FAIL');
}

function row(violation: unknown): string {
  return pc.dim(`       ${printable(JSON.stringify(violation))}`);
}

/** What a server answered must not move the cursor of a terminal. */
function printable(text: string): string {
  return text.replace(/[^\P{Cc}]/gu, ' ');
}
