import { finished } from 'node:stream/promises';
import type { ClientBase } from 'pg';
import { from } from 'pg-copy-streams';

/** Sent at a time, in characters: the socket works while the next part is put into words. */
const PART = 256 * 1024;

/**
 * Writes rows with COPY: all of them or, when it throws, none.
 *
 * @param rows in COPY's text format, each with its newline
 */
export async function copyRows(client: ClientBase, into: string, rows: Iterable<string>): Promise<void> {
  const stream = client.query(from(`copy ${into} from stdin`));
  const done = finished(stream);
  let part = '';
  for (const row of rows) {
    part += row;
    if (part.length < PART) continue;
    stream.write(part);
    part = '';
  }
  stream.end(part);
  await done;
}
