import pc from 'picocolors';
import { pairs, table, told, whole } from '../measure/table.js';
import type { Result } from './result.js';

const two = (value: number) => value.toFixed(2);

/** The result for people. */
export function report(result: Result): string {
  const { others, ingest } = result;
  const disturbed = others.median > 0.1;
  const share = `others took ${Math.round(others.median * 100)} % of the machine [${Math.round(others.least * 100)} - ${Math.round(others.most * 100)}]`;
  return [
    pc.bold('What it costs to log, trace and store every request'),
    '',
    table(
      ['', 'requests/s', 'of bare', 'CPU µs', 'Postgres µs', 'p50 ms', 'p99 ms', 'refused'],
      result.variants.map((each) => [
        each.name,
        told(each.perSecond, whole),
        told(each.ofBare, two),
        told(each.cpuMicros, whole),
        whole(each.postgresMicros.median),
        two(each.p50.median),
        two(each.p99.median),
        String(each.refused),
      ]),
    ),
    '',
    table(
      ['in process', 'ns'],
      result.spans.map(({ what, ns }) => [what, told(ns, whole)]),
    ),
    '',
    table(
      ['spans into Postgres', 'rows/s'],
      [
        ['COPY of text that was ready', told(ingest.copy, whole)],
        ['the store', told(ingest.store, whole)],
        ['of COPY', told(ingest.ofCopy, two)],
      ],
    ),
    '',
    table(
      [`one trace among ${whole(result.settings.spans)} spans`, 's'],
      [['npx banyan trace, its process included', told(result.findTrace, two)]],
    ),
    '',
    ...result.aims.map(
      ({ aim, measured, met }) => `${met ? pc.green('met   ') : pc.red('missed')} ${aim}: ${measured}`,
    ),
    '',
    disturbed ? pc.red(`${share}: measure again`) : pc.dim(share),
    pc.dim(pairs(result.machine)),
    pc.dim(pairs(result.versions)),
  ].join('\n');
}
