import pc from 'picocolors';
import { LATEST, type Unheard, type Waiting } from '#platform/dead-letters';
import { inert } from './inert.js';
import { counted, folded } from './layout.js';

/** Names of one line; the commands that it ends with show all of them. */
const NAMED = 5;

/** What has not given up and goes nowhere all the same: how much, of what, and which command shows it. */
export function waitingLines(
  waiting: readonly Waiting[],
  unheard: readonly Unheard[],
  width: number,
): string[] {
  const inColour = (paint: (text: string) => string, text: string) => folded(text, width).map(paint);
  const newer = waiting.filter(({ waitsFor }) => waitsFor !== null);
  const nobody = waiting.filter(({ waitsFor }) => waitsFor === null);
  const lines: string[] = [];
  if (newer.length > 0) {
    const what = newer.map(
      ({ listener, waitsFor, count }) => `${inert(listener)} ${count} of ${inert(waitsFor ?? '')}`,
    );
    const many = counted(sum(newer), 'delivery waits', 'deliveries wait');
    lines.push(
      ...inColour(pc.yellow, `${many} for code that knows the event: ${named(what)}. See banyan listeners.`),
    );
  }
  if (nobody.length > 0) {
    const what = nobody.map(({ listener, count }) => `${inert(listener)} ${count}`);
    const many = counted(sum(nobody), 'delivery waits', 'deliveries wait');
    lines.push(
      ...inColour(
        pc.yellow,
        `${many} for listeners that no running app declares: ${named(what)}. See banyan events conservation.`,
      ),
    );
  }
  if (unheard.length > 0) {
    const what = unheard.map(({ type, count }) => `${inert(type)} ${count}`);
    lines.push(
      ...inColour(
        pc.dim,
        `${sum(unheard)} of the latest ${LATEST} events are of types that nobody listens to: ${named(what)}. See banyan events conservation.`,
      ),
    );
  }
  return lines;
}

function sum(counts: readonly { readonly count: number }[]): number {
  return counts.reduce((total, { count }) => total + count, 0);
}

function named(all: readonly string[]): string {
  return all.length > NAMED ? `${all.slice(0, NAMED).join(', ')}, ...` : all.join(', ');
}
