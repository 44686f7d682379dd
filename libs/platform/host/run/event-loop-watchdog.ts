import { url as debugged } from 'node:inspector';
import { Worker } from 'node:worker_threads';
import type { Started } from './stop-on-signals.js';

/** How often both sides look, as a part of the limit. */
const PARTS = 10;

// It counts its own looks and not the clock: a machine that slept has slept on both sides. What can't be interrupted can only be ended.
const WATCH = `
const { workerData } = require('node:worker_threads');
const beats = new Int32Array(workerData.beats);
let last = -1;
let still = 0;
while (Atomics.load(beats, 1) === 0) {
  Atomics.wait(beats, 1, 0, workerData.everyMs);
  const now = Atomics.load(beats, 0);
  still = now === last ? still + 1 : 0;
  last = now;
  if (still < workerData.parts) continue;
  require('node:fs').writeSync(2, workerData.sentence);
  process.kill(process.pid, 'SIGKILL');
}`;

/**
 * Ends this process when its event loop is blocked for too long: a loop without end in one module would silence all of them, and
 * nothing inside can stop it. What was in work is found by others, as after any crash. Not while a debugger is attached.
 *
 * @param limitMs how long it may be blocked, in milliseconds
 */
export function watchEventLoop(limitMs: number): Started {
  if (debugged() !== undefined) return { stop: () => Promise.resolve() };
  const everyMs = limitMs / PARTS;
  const beats = new Int32Array(new SharedArrayBuffer(8));
  const sentence = `The event loop of process ${process.pid} was blocked for ${limitMs / 1000} s (BLOCKED_LIMIT_MS): ending it. What was in work is tried again with care.\n`;
  const workerData = { beats: beats.buffer, everyMs, parts: PARTS, sentence };
  const worker = new Worker(WATCH, { eval: true, workerData, execArgv: [] });
  worker.unref();
  const timer = setInterval(() => Atomics.add(beats, 0, 1), everyMs / 2);
  timer.unref();
  return {
    stop: async () => {
      clearInterval(timer);
      Atomics.store(beats, 1, 1);
      Atomics.notify(beats, 1);
      await worker.terminate();
    },
  };
}
