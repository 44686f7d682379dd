import type { Listener } from './listener.js';

/** A lane that waits for longer than this for one delivery is no queue any more. Milliseconds. */
const LONGEST_DEADLINE_MS = 600_000;

/** Beyond it, one batch would hold its lane, its locks and its memory for seconds. */
const MOST_AT_ONCE = 1_000;

const MOST_PER_SECOND = 100_000;

/** Each lane in work is a connection. */
const MOST_LANES = 64;

/** What fails that often is not mended by trying again. */
const MOST_ATTEMPTS = 1_000;

/** Each crash is a process that ends. */
const MOST_CRASHES = 100;

/** A day: what waits for longer has been forgotten. Milliseconds. */
const LONGEST_PAUSE_MS = 86_400_000;

/**
 * What is wrong with how a listener is declared.
 *
 * @returns sentences, each with the listener, the value and what it may be
 */
export function mistakesIn(listener: Listener): string[] {
  return [...wrongNumbers(listener), ...wrongTogether(listener)];
}

function wrongNumbers({ name, batch, partitions, deadlineMs, options }: Listener): string[] {
  const { attempts, crashes, backOff = {}, pace = {} } = options;
  const wrong: string[] = [];
  const whole = (is: string, value: number | undefined, what: string, most: number) => {
    if (value !== undefined && !(Number.isInteger(value) && value >= 1 && value <= most))
      wrong.push(`"${name}" ${is}: ${what} from 1 to ${most}`);
  };
  whole(`has a deadline of ${deadlineMs} ms`, deadlineMs, 'it is a whole number', LONGEST_DEADLINE_MS);
  whole(`takes ${batch} at once`, batch, 'a batch is a whole number', MOST_AT_ONCE);
  whole(`has ${partitions} lanes`, partitions, 'they are a whole number', MOST_LANES);
  whole(`is tried ${attempts} times`, attempts, 'attempts are a whole number', MOST_ATTEMPTS);
  whole(`may crash ${crashes} times`, crashes, 'crashes are a whole number', MOST_CRASHES);
  for (const bound of ['firstMs', 'longestMs'] as const)
    whole(
      `has backOff.${bound} of ${backOff[bound]}`,
      backOff[bound],
      'it is a whole number',
      LONGEST_PAUSE_MS,
    );
  const { perSecond } = pace;
  if (perSecond !== undefined && !(perSecond > 0 && perSecond <= MOST_PER_SECOND))
    wrong.push(
      `"${name}" has a pace of ${perSecond} per second: it is a number above 0, at most ${MOST_PER_SECOND}`,
    );
  return wrong;
}

function wrongTogether({ name, module, types, options }: Listener): string[] {
  const { pace, was, serial, from, backOff } = options;
  const wrong: string[] = [];
  if (types.length === 0) wrong.push(`"${name}" hears no event: say which in "to"`);
  if (from instanceof Date && Number.isNaN(from.getTime()))
    wrong.push(`"${name}" hears from an invalid date on: "from" is "now", "beginning" or a moment`);
  if (
    backOff?.firstMs !== undefined &&
    backOff.longestMs !== undefined &&
    backOff.firstMs > backOff.longestMs
  )
    wrong.push(
      `"${name}" has backOff.firstMs of ${backOff.firstMs} and backOff.longestMs of ${backOff.longestMs}: the first pause is not above the longest`,
    );
  if (serial && pace?.lanes !== undefined)
    wrong.push(`"${name}" is serial, so it has one lane: drop pace.lanes`);
  if (was !== undefined && (!was.startsWith(`${module}.`) || was === name))
    wrong.push(`"${name}" was "${was}": a former name is another one, of the same module`);
  return wrong;
}
