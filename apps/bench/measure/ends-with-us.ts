/** What a signal's exit code is made of. */
const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

/** Longest time to end everything in when a signal has come, in milliseconds. */
const END_WITHIN_MS = 20_000;

const running = new Set<() => Promise<void>>();

/**
 * Registers how to end what would outlive this process: a signal ends it too, what was registered last first.
 *
 * @returns ends it, once, however often it is called
 */
export function endsWithUs(end: () => Promise<void>): () => Promise<void> {
  let ended: Promise<void> | undefined;
  const once = () => {
    ended ??= end().finally(() => running.delete(once));
    return ended;
  };
  if (running.size === 0) listen();
  running.add(once);
  return once;
}

function listen(): void {
  for (const [signal, number] of Object.entries(SIGNALS)) {
    if (process.listenerCount(signal) === 0) process.once(signal, () => void leave(128 + number));
  }
}

async function leave(code: number): Promise<void> {
  process.stderr.write('Ending the servers that were started\n');
  setTimeout(() => process.exit(code), END_WITHIN_MS);
  await Promise.allSettled([...running].reverse().map((end) => end()));
  process.exit(code);
}
