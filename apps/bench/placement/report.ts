import pc from 'picocolors';
import type { Spread } from '../measure/figures.js';
import { pairs, table, told, whole } from '../measure/table.js';
import type { Result } from './result.js';

/** The result for people: ratios first, then what they are made of, then where it was measured. */
export function report(result: Result): string {
  const { machine, versions, settings } = result;
  return [
    pc.bold('Aims'),
    table(
      [],
      result.aims.map(({ aim, measured, met }) => [met ? pc.green('met') : pc.red('missed'), measured, aim]),
    ),
    pc.bold('Ratios (median of the rounds [least - most]; more than 1: the first one is better)'),
    table(
      ['of', 'over', 'in', 'ratio'],
      result.ratios.map((each) => [
        each.of,
        each.over,
        each.in,
        told(each.ratio, (value) => value.toFixed(2)),
      ]),
    ),
    ...(['tracking', 'checkout'] as const).flatMap((chain) => [
      pc.bold(`${chain}, ${settings.concurrency} requests at a time`),
      table(
        ['', 'requests/s', 'p50 ms', 'p95 ms', 'p99 ms', 'CPU µs', 'Postgres µs', 'answered', 'aborts'],
        result.chains
          .filter((each) => each.chain === chain)
          .map((each) => [
            each.variant,
            told(each.perSecond, whole),
            each.p50.median.toFixed(1),
            each.p95.median.toFixed(1),
            each.p99.median.toFixed(1),
            told(each.cpuMicros, whole),
            each.postgresMicros ? whole(each.postgresMicros.median) : 'unknown',
            String(each.answered),
            each.aborts === 0 ? '0' : `${each.aborts} ${JSON.stringify(each.refused)}`,
          ]),
      ),
    ]),
    pc.bold('One call, 1 KB each way'),
    table(
      ['', 'at a time', 'calls/s', 'µs a call', 'p50 µs', 'p99 µs', 'CPU µs'],
      result.calls.map((each) => [
        each.way,
        String(each.atATime),
        told(each.perSecond, whole),
        small(each.micros.median),
        each.p50Micros ? small(each.p50Micros.median) : '',
        each.p99Micros ? small(each.p99Micros.median) : '',
        each.cpuMicros ? small(each.cpuMicros.median) : '',
      ]),
    ),
    quiet(result.others),
    pc.dim(`${pairs(machine)}\n${pairs(versions)}\n${pairs(settings)}`),
  ].join('\n\n');
}

/** Whether the figures can be trusted at all. */
function quiet(others: Spread | undefined): string {
  if (!others) return 'How much of the machine others took is not known.';
  const share = told(others, (value) => `${Math.round(value * 100)} %`);
  const line = `Others took ${share} of the machine meanwhile.`;
  return others.median <= 0.1 ? line : pc.red(`${line} Measure again when it is quiet.`);
}

const small = (value: number) => (value < 10 ? value.toFixed(2) : value.toFixed(0));
