import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StandardOutput } from './standard-output.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lines-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('writes every line, in order, and flush waits for the last', async () => {
  const file = join(folder, 'lines');
  const output = new StandardOutput(() => undefined, openSync(file, 'w'));
  const lines = Array.from({ length: 5_000 }, (_, at) => `{"line":${at}}\n`);
  for (const line of lines) output.write(line);
  await output.flush();
  expect(readFileSync(file, 'utf8')).toBe(lines.join(''));
});

test('with a reader that has stopped neither waits nor grows without end, and tells how many lines it dropped', async () => {
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK);
  const told: number[] = [];
  const output = new StandardOutput((dropped) => told.push(dropped), writer);
  const line = `${'x'.repeat(1_023)}\n`;

  const begun = performance.now();
  for (let at = 0; at < 10_000; at++) output.write(line);
  expect(performance.now() - begun).toBeLessThan(1_000);

  // 8 MiB wait, and a little is in the pipe; the rest of 10,000 KiB is dropped.
  const read = await drain(reader, () => told.length > 0);
  expect(read + (told[0] ?? 0)).toBe(10_000);
  expect(read).toBeGreaterThanOrEqual(8_192);
  expect(read).toBeLessThan(8_400);
  closeSync(reader);
  closeSync(writer);
});

/** Reads whole lines of 1 KiB until something is so; returns how many there were. */
async function drain(fd: number, enough: () => boolean): Promise<number> {
  const buffer = Buffer.alloc(1024 * 1024);
  let bytes = 0;
  while (!enough()) {
    bytes += readWhatIsThere(fd, buffer);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return (bytes + readWhatIsThere(fd, buffer)) / 1024;
}

function readWhatIsThere(fd: number, buffer: Buffer): number {
  try {
    return readSync(fd, buffer);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0;
    throw error;
  }
}
