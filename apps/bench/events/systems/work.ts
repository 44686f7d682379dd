import { setTimeout as pause } from 'node:timers/promises';
import { percentile } from '../../drive/percentiles.js';
import { CONCURRENCY, type Engine, type Payload, type Setup, TOGETHER } from './engine.js';
import { Tally } from './tally.js';
import type { Done, Task } from './task.js';

/** Groups of events that are published at a time. */
const PUBLISHERS = 4;

/** Longest wait for the last effect of a piece, in ms: a system that has lost something must not hang the run. */
const PATIENCE_MS = 120_000;

const TEXT = 'w'.repeat(1_000);

const eventNumber = (n: number): Payload => ({ n, text: TEXT });

/** Does what a system is told. */
export async function perform(engine: Engine, task: Task): Promise<Done> {
  switch (task.what) {
    case 'clear':
      await engine.clear();
      return unchecked(0, 0);
    case 'fill':
      return fill(engine, task.setup, task.events);
    case 'drain':
      return drain(engine, task.setup, task.events);
    case 'through':
      return through(engine, task.setup, task.events);
    case 'pace':
      return pace(engine, task.setup, task.perSecond, task.seconds);
    case 'business':
      return business(engine, task);
  }
}

async function fill(engine: Engine, setup: Setup, events: number): Promise<Done> {
  const began = performance.now();
  await publishAll(engine, setup, events);
  return unchecked(since(began), events);
}

async function drain(engine: Engine, setup: Setup, events: number): Promise<Done> {
  const tally = new Tally(events, setup.listeners);
  const began = performance.now();
  await engine.listen(setup, tally.heard);
  await allDone(engine, setup, tally);
  return ended(engine, setup, tally, since(began));
}

async function through(engine: Engine, setup: Setup, events: number): Promise<Done> {
  const tally = new Tally(events, setup.listeners);
  await engine.listen(setup, tally.heard);
  const began = performance.now();
  await Promise.all([publishAll(engine, setup, events), allDone(engine, setup, tally)]);
  return ended(engine, setup, tally, since(began));
}

/** An open loop: a transaction that is late does not delay the next one. */
async function pace(engine: Engine, setup: Setup, perSecond: number, seconds: number): Promise<Done> {
  const events = Math.max(1, Math.round(perSecond * seconds));
  const tally = new Tally(events, setup.listeners);
  const committed = new Float64Array(events);
  await engine.listen(setup, tally.heard);
  const began = performance.now();
  const open: Promise<void>[] = [];
  for (let n = 0; n < events; n++) {
    const early = began + (n * 1_000) / perSecond - performance.now();
    if (early > 1) await pause(early);
    open.push(transactAt(engine, setup, n, committed));
  }
  await Promise.all([...open, allDone(engine, setup, tally)]);
  const took = since(began);
  const waits = Float64Array.from(committed, (at, n) => Math.max(0, (tally.begun[n] as number) - at)).sort();
  const done = await ended(engine, setup, tally, took);
  return { ...done, p50: percentile(waits, 50), p99: percentile(waits, 99) };
}

async function transactAt(engine: Engine, setup: Setup, n: number, committed: Float64Array): Promise<void> {
  await engine.transact(setup, eventNumber(n), true, () => {
    committed[n] = performance.now();
  });
}

async function business(engine: Engine, task: Task & { what: 'business' }): Promise<Done> {
  const { setup, seconds, publish, handle } = task;
  // More than any system can do in the time.
  const tally = new Tally(Math.ceil(seconds * 20_000), setup.listeners);
  if (handle) await engine.listen(setup, tally.heard);
  const began = performance.now();
  const until = began + seconds * 1_000;
  let n = 0;
  const writer = async () => {
    while (performance.now() < until) {
      await engine.transact(setup, eventNumber(n++), publish);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, writer));
  const took = since(began);
  if (!handle) return unchecked(took, n);
  await effectsReach(engine, setup, n * setup.listeners, tally);
  return { ...(await ended(engine, setup, tally, since(began))), count: n };
}

async function publishAll(engine: Engine, setup: Setup, events: number): Promise<void> {
  let next = 0;
  const publisher = async () => {
    while (next < events) {
      const first = next;
      next = Math.min(events, first + TOGETHER);
      await engine.publish(
        setup,
        Array.from({ length: next - first }, (_, at) => eventNumber(first + at)),
      );
    }
  };
  await Promise.all(Array.from({ length: PUBLISHERS }, publisher));
}

async function allDone(engine: Engine, setup: Setup, tally: Tally): Promise<void> {
  const begun = tally.allBegun().then(() => true);
  const late = pause(PATIENCE_MS, false, { ref: false });
  if (!(await Promise.race([begun, late]))) {
    throw new Error(`Only ${tally.distinct} of ${tally.expected} deliveries were begun.`);
  }
  await effectsReach(engine, setup, tally.expected, tally);
}

/** Looks seldom enough to take no more than a tenth of the database's time. */
async function effectsReach(engine: Engine, setup: Setup, wanted: number, tally: Tally): Promise<void> {
  for (const end = performance.now() + PATIENCE_MS; ; ) {
    const looked = performance.now();
    const effects = (await engine.effects(setup)) ?? tally.distinct;
    if (effects >= wanted) return;
    if (performance.now() > end) throw new Error(`Only ${effects} of ${wanted} effects were found.`);
    await pause(Math.max(3, 10 * (performance.now() - looked)));
  }
}

/** Lets the system stop first: a second effect would come late. */
async function ended(engine: Engine, setup: Setup, tally: Tally, seconds: number): Promise<Done> {
  await engine.unlisten();
  const rows = await engine.effects(setup);
  return {
    seconds,
    count: tally.expected,
    checked: true,
    effects: rows ?? tally.runs,
    distinct: rows === undefined ? tally.distinct : await engine.distinct(),
  };
}

function unchecked(seconds: number, count: number): Done {
  return { seconds, count, checked: false, effects: 0, distinct: 0 };
}

function since(began: number): number {
  return (performance.now() - began) / 1_000;
}
