import { type FileHandle, open, stat } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

const LOOK_EVERY_MS = 250;
const CHUNK = 256 * 1024;
/** A line without an end is cut here, in bytes. */
const LONGEST = 1024 * 1024;

/**
 * The lines of a file as they come, across rotation: when another file stands under its name, or it was emptied, what is left of the
 * old one is read first. `null` says that nothing more is there for now.
 *
 * @param follow false: ends at the end of the file
 */
export async function* linesOfFile(
  path: string,
  follow: boolean,
  stopped: () => boolean,
): AsyncGenerator<string | null> {
  let file: FileHandle | undefined = await open(path, 'r');
  let at = 0;
  let rest = Buffer.alloc(0);
  const chunk = Buffer.alloc(CHUNK);
  try {
    while (!stopped()) {
      const { bytesRead } = file ? await file.read(chunk, 0, CHUNK, at) : { bytesRead: 0 };
      if (bytesRead > 0) {
        at += bytesRead;
        rest = Buffer.concat([rest, chunk.subarray(0, bytesRead)]);
        let begin = 0;
        for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10, begin)) {
          yield text(rest.subarray(begin, end));
          begin = end + 1;
        }
        rest = Buffer.from(rest.subarray(begin));
        if (rest.length > LONGEST) {
          yield text(rest);
          rest = Buffer.alloc(0);
        }
        continue;
      }
      const there = await stat(path).catch(() => undefined);
      const mine = await file?.stat();
      const rotated =
        there !== undefined && (mine === undefined || there.ino !== mine.ino || there.size < at);
      if (rotated || !follow) {
        if (rest.length > 0) yield text(rest);
        rest = Buffer.alloc(0);
      }
      if (!rotated && !follow) return;
      yield null;
      if (!rotated) {
        await pause(LOOK_EVERY_MS);
        continue;
      }
      await file?.close();
      file = await open(path, 'r').catch(() => undefined); // it may be gone for a moment, between two names
      at = 0;
    }
  } finally {
    await file?.close();
  }
}

function text(bytes: Buffer): string {
  return bytes.toString('utf8').replace(/\r$/, '');
}
