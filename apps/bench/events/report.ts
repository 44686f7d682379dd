import pc from 'picocolors';
import type { Spread } from '../measure/figures.js';
import { pairs, table, told, whole } from '../measure/table.js';
import type { Figures, Result } from './result.js';
import type { Part } from './rounds.js';
import { VARIANTS } from './variants.js';

const TITLES: Readonly<Record<Part, string>> = {
  drain: 'A backlog that is there already, to its last effect: deliveries a second',
  through: 'Published and handled at once, from the first to the last effect: deliveries a second',
  backlog: 'Backlogs of different length: deliveries a second',
  failing: 'Deliveries that fail at their first attempt: deliveries a second',
  business: 'Transactions of the business a second, 16 writers',
  latency: 'From the commit of the business to the handler',
};

/** The result for people: aims first, then what they are made of, then where it was measured. */
export function report(result: Result): string {
  const { machine, versions, settings } = result;
  return [
    pc.bold('Aims (median of the rounds [least - most])'),
    table(
      ['', 'aim', 'ratio', 'of', 'over'],
      result.aims.map(({ aim, ratio, of, over, met }) => [
        met ? pc.green('met') : pc.red('missed'),
        aim,
        told(ratio, two),
        of,
        over,
      ]),
    ),
    ...(Object.keys(TITLES) as Part[]).flatMap((part) => tablesOf(part, result.figures)),
    pc.bold('Variants'),
    table(
      ['', 'effects', ''],
      VARIANTS.map(({ name, once, way, says }) => [
        name,
        once ? 'once' : way === 'single' && !name.startsWith('graphile') ? 'none' : 'may double',
        says,
      ]),
    ),
    counted(result),
    quiet(result.others),
    pc.dim(`${result.minutes.toFixed(1)} minutes\n${pairs(machine)}\n${pairs(versions)}\n${pairs(settings)}`),
  ].join('\n\n');
}

function tablesOf(part: Part, figures: readonly Figures[]): string[] {
  const mine = figures.filter((each) => each.part === part);
  const soon = part === 'latency' ? ['p50 ms', 'p99 ms'] : [];
  return [
    pc.bold(TITLES[part]),
    table(
      ['', '', '/s', ...soon, 'node µs', 'Postgres µs', 'Redis µs', 'effects'],
      inOrder(mine).map((each) => [
        each.at,
        each.variant,
        told(each.perSecond, whole),
        ...(each.p50 && each.p99 ? [told(each.p50, two), told(each.p99, one)] : []),
        whole(each.nodeMicros.median),
        whole(each.postgresMicros.median),
        whole(each.redisMicros.median),
        each.deliveries === 0 ? '' : `${each.effects} of ${each.deliveries}`,
      ]),
    ),
  ];
}

/** By case, then in the order of the variants: rounds begin with another one each. */
function inOrder(figures: readonly Figures[]): Figures[] {
  const cases = [...new Set(figures.map(({ at }) => at))];
  const place = ({ at, variant }: Figures) =>
    cases.indexOf(at) * VARIANTS.length + VARIANTS.findIndex(({ name }) => name === variant);
  return [...figures].sort((a, b) => place(a) - place(b));
}

function counted({ wrong }: Result): string {
  return wrong.length === 0
    ? 'Every piece left one effect for each delivery, and none twice.'
    : pc.red(`Effects were lost or doubled:\n${wrong.join('\n')}`);
}

/** Whether the figures can be trusted at all. */
function quiet(others: Spread): string {
  const line = `Others took ${told(others, (value) => `${Math.round(value * 100)} %`)} of the machine meanwhile.`;
  return others.median <= 0.1 ? line : pc.red(`${line} Measure again when it is quiet.`);
}

const one = (value: number) => value.toFixed(1);
const two = (value: number) => value.toFixed(2);
