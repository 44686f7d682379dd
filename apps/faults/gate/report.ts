import pc from 'picocolors';
import type { RowResult } from './run-row.js';

/** Whether everything held. */
export function passed({ broken, judgement }: RowResult): boolean {
  return broken === undefined && (judgement === undefined || judgement.findings.length === 0);
}

/** A row's result in one line, with what did not hold below it. */
export function describeResult(result: RowResult): string {
  const { row, backend, placing, notApplicable, broken, judgement, rest, kills, faults, seconds } = result;
  const { crowding = 1 } = result;
  const where = `${row.padEnd(4)} ${backend.padEnd(8)} ${placing.padEnd(8)}`;
  if (notApplicable) return `${pc.dim('n/a ')} ${where} ${pc.dim(notApplicable)}`;
  const counts = judgement?.counts;
  const figures = [
    `${counts?.operations} ops (${counts?.unsure} unsure, ${counts?.recovered} of them done)`,
    `${counts?.events} events`,
    `${counts?.deliveries} deliveries`,
    `${counts?.dead} dead`,
    `${faults} faults`,
    `${kills} kills`,
    `at rest after ${((rest?.ms ?? 0) / 1_000).toFixed(1)} s`,
    `${seconds.toFixed(0)} s`,
    ...(crowding > 1 ? [`limits ×${crowding.toFixed(1)}`] : []),
  ];
  const verdict = passed(result) ? pc.green('ok  ') : pc.red('FAIL');
  const lines = [`${verdict} ${where} ${figures.join(', ')}`];
  if (broken) lines.push(`     ${pc.red(broken)}`);
  for (const { check, says, count, sample } of judgement?.findings ?? []) {
    lines.push(`     ${pc.red(check)} ${count} times: ${says}`);
    for (const each of sample) lines.push(`       ${JSON.stringify(each)}`);
  }
  if (!passed(result) && result.folder) lines.push(`     ${pc.dim(`its files: ${result.folder}`)}`);
  return lines.join('\n');
}
