import type { HeardMark } from '../outcomes.js';
import type { Ending } from '../stage.js';

/** The ending of a transaction that ends with its mark. */
export function markedEnding(
  heard: HeardMark | undefined,
  sent: { firstSentAt: number; lastSentAt: number },
): Ending {
  if (!heard) return { outcome: 'UNMARKED', at: performance.now() };
  const { mark, at } = heard;
  if (mark.status !== 'SUCCESS') return { outcome: mark.status, source: mark.source, at };
  // A first attempt that got no answer may have done the work before the last one was sent.
  const from = at < sent.lastSentAt ? sent.firstSentAt : sent.lastSentAt;
  return { outcome: 'SUCCESS', at, latency: at - from };
}
