import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { RecordedMark } from './benchmark.data.js';

/** A reader that takes nothing for this long is cut: it can resume where it was. */
const PATIENCE_MS = 5_000;
/** Something passes at least this often, so that proxies and readers know that the line is alive. */
const HEARTBEAT_MS = 15_000;

/** One mark as a server-sent event. */
export function toEvent(mark: RecordedMark): string {
  return `id: ${mark.id}\ndata: ${JSON.stringify(mark)}\n\n`;
}

/**
 * Sends marks as server-sent events until there are no more pages or the reader is gone. At most one page is ever held in
 * memory for a reader: the next one is asked for when the socket has taken this one.
 *
 * @param patienceMs a reader that takes nothing for this long is cut
 * @param position sent first, as an id without data: a reader that loses its line before the first mark resumes from there
 */
export async function sendEvents(
  socket: ServerResponse,
  position: number,
  pages: AsyncIterable<readonly RecordedMark[]>,
  patienceMs = PATIENCE_MS,
): Promise<void> {
  socket.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no', // nginx would collect events
  });
  socket.write(`retry: 1000\nid: ${position}\n\n`);
  const heartbeat = setInterval(() => socket.writableNeedDrain || socket.write(':\n\n'), HEARTBEAT_MS);
  try {
    for await (const page of pages) {
      if (!socket.write(page.map(toEvent).join(''))) {
        await once(socket, 'drain', { signal: AbortSignal.timeout(patienceMs) });
      }
    }
    socket.end();
  } catch (error) {
    socket.destroy(); // an aborted line tells the reader to resume; an ended one would, too, but may lie in a full buffer
    throw error;
  } finally {
    clearInterval(heartbeat);
  }
}
