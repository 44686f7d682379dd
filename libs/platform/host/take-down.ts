import { setTimeout as pause } from 'node:timers/promises';
import { LOOK_EVERY_MS } from '../placement/registry.js';
import type { Assembly } from './assembly.js';
import { Steps } from './steps.js';

/**
 * How long an app goes on answering after it has left the registry, in ms: whoever has just looked sends to it until its
 * next look has come back, which two intervals leave room for.
 */
const STILL_KNOWN_MS = 2 * LOOK_EVERY_MS;

/** A store that is away holds up no stop; in ms. */
const LAST_SPANS_MS = 1_000;

/** What is given to those who have a deadline of their own, in ms, to say how they met it. */
const LAST_WORDS_MS = 200;

/**
 * Takes an app down in the order in which its parts depend on each other, however far it had come. First nobody new finds it,
 * while it goes on answering those who still send. Then the door closes, and what is in work is finished: requests, calls of
 * others, deliveries, all of which may call other apps themselves. Then the application is closed, and only then the ways to others.
 *
 * A part that hangs holds up none after it: together the steps take no longer than `withinMs`, if the machine has time for them.
 *
 * @param withinMs for everything, in milliseconds; half of it for what is in work, which is cut off then
 * @returns what was not done, in sentences that are logged already
 */
export async function takeDown(assembly: Assembly, withinMs: number): Promise<readonly Error[]> {
  const { http, place, deliveries, keeper, moved, nest, waker, backend, log, levels, telemetry } = assembly;
  const steps = new Steps(log);
  const graceMs = Math.max(withinMs / 2 - LAST_WORDS_MS, withinMs / 4);
  const endsAt = performance.now() + withinMs;
  const least = withinMs / 40;
  /** All the time that is left, but for the least that each step after this one needs. */
  const leftFor = (after: number) => Math.max(endsAt - performance.now() - after * least, least);
  http.leave();
  deliveries?.beginNoMore();
  const others = await steps.take('leaving the registry', withinMs / 5, () => place.leave());
  const laidDown = steps.take('finishing the deliveries in work', withinMs * 0.6, async () => {
    await place.settled();
    await deliveries?.stop(graceMs);
  });
  if (others !== 0) await pause(Math.min(STILL_KNOWN_MS, withinMs / 8));
  const closed = http.stop(graceMs);
  moved.endStreams();
  await Promise.all([
    laidDown,
    steps.take('finishing the requests in work', withinMs * 0.6, () => closed),
    steps.take('finishing the calls in work', withinMs * 0.6, () => place.drain(graceMs)),
  ]);
  await steps.take('looking after slices', leftFor(9), () => keeper?.stop());
  await steps.take('looking at conservation', leftFor(8), () => assembly.conservation?.stop());
  await steps.take('following log levels', leftFor(7), () => levels?.stop());
  await steps.take('closing its own connections', leftFor(6), () => assembly.own?.close());
  await steps.take('closing the application', leftFor(5), () => nest?.close());
  moved.close();
  await steps.take('closing the ways to other apps', leftFor(4), () => place.close());
  await steps.take('sending the last wake-ups', leftFor(3), () => waker.close());
  await steps.take('closing the queues', leftFor(2), () => backend.close());
  const last = Math.min(leftFor(1), LAST_SPANS_MS);
  await steps.take('keeping the last lines and spans', last + LAST_WORDS_MS, () => telemetry.close(last));
  await steps.take('writing the last lines of the log', leftFor(0), () => log.flush());
  return steps.failures;
}
