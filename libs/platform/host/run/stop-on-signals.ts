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
 * @param started filled while things start; emptied while they are stopped
 * @returns gives up: says a sentence and leaves with exit code 1. While a stop is under way already, the sentence is
 *   swallowed: what fails then fails because of the stop.
 */
export function stopOnSignals(started: Started[]): (sentence: string) => Promise<void> {
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
  return (sentence) => {
    if (!stopping) process.stderr.write(sentence);
    return stop(1);
  };
}

/**
 * What is still starting: a stop waits for it, and then stops it. Without this, a Ctrl-C in the second in which a server
 * starts would leave it behind.
 */
export function onceStarted(starting: Promise<Started>): Started {
  return { stop: async () => (await starting.catch(() => undefined))?.stop() };
}

async function stopAll(started: Started[], code: number): Promise<void> {
  setTimeout(() => {
    process.stderr.write(
      'Not everything stopped in time; leaving all the same. Nothing committed is lost.\n',
    );
    process.exit(code || 1);
  }, LAST_RESORT_MS).unref();
  // Until nothing is left, not once over a copy: the start may still add something while this waits.
  for (let part = started.pop(); part; part = started.pop()) {
    await part.stop().catch((error: unknown) => {
      process.stderr.write(`While stopping: ${error instanceof Error ? error.message : String(error)}\n`);
    });
  }
  process.exit(code);
}
