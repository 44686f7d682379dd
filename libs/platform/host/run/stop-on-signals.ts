/** Something that was started and has to be stopped. */
export interface Started {
  stop(): Promise<void>;
}

/** A stop that takes longer than this is cut off, in milliseconds; people were promised 10 s. */
const LAST_RESORT_MS = 9_500;

/**
 * Stops what was started, the last first, and leaves: on SIGINT and SIGTERM, when the process that started this one is gone,
 * or when the returned function is called. A second Ctrl-C leaves at once.
 *
 * @param started filled while things start
 * @returns stops and exits with a code
 */
export function stopOnSignals(started: readonly Started[]): (code: number) => Promise<void> {
  let stopping: Promise<void> | undefined;
  const stop = (code: number): Promise<void> => {
    stopping ??= stopAll(started, code);
    return stopping;
  };
  const asked = (signal: string) => {
    if (stopping && signal === 'SIGINT') process.exit(130);
    if (!stopping && !process.connected) process.stderr.write('\nStopping: finishing what is in work …\n');
    void stop(0);
  };
  process.on('SIGINT', () => asked('SIGINT'));
  process.on('SIGTERM', () => asked('SIGTERM'));
  process.on('disconnect', () => asked('disconnect'));
  return stop;
}

async function stopAll(started: readonly Started[], code: number): Promise<void> {
  setTimeout(() => {
    process.stderr.write(
      'Not everything stopped in time; leaving all the same. Nothing committed is lost.\n',
    );
    process.exit(code || 1);
  }, LAST_RESORT_MS).unref();
  for (const part of [...started].reverse()) {
    await part.stop().catch((error: unknown) => {
      process.stderr.write(`While stopping: ${error instanceof Error ? error.message : String(error)}\n`);
    });
  }
  process.exit(code);
}
