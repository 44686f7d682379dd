import Table from 'cli-table3';
import type { Spread } from './figures.js';

const BARE = {
  chars: Object.fromEntries(
    [
      'top',
      'top-mid',
      'top-left',
      'top-right',
      'bottom',
      'bottom-mid',
      'bottom-left',
      'bottom-right',
      'left',
      'left-mid',
      'mid',
      'mid-mid',
      'right',
      'right-mid',
      'middle',
    ].map((place) => [place, place === 'middle' ? '  ' : '']),
  ),
  style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
};

/** Columns without lines around them. */
export function table(head: string[], rows: string[][]): string {
  const made = new Table({ ...BARE, ...(head.length > 0 && { head }) });
  made.push(...rows);
  return made.toString();
}

/** The middle of some figures, and the least and the most of them behind it. */
export function told(spread: Spread, format: (value: number) => string): string {
  return `${format(spread.median)} [${format(spread.least)} - ${format(spread.most)}]`;
}

export const whole = (value: number): string => String(Math.round(value));

/** What a result is worth little without, in one line. */
export function pairs(record: object): string {
  return Object.entries(record)
    .map(([name, value]) => `${name} ${value}`)
    .join(' · ');
}
