import { setTimeout as pause } from 'node:timers/promises';
import { type KeptLine, keptLine } from '../store/kept-line.js';
import { Losses } from '../store/losses.js';
import { PostgresSink } from '../store/postgres-sink.js';
import type { StoreLimits } from '../store/segments.js';
import { type Intake, normalised, Records } from './normalise.js';

const BATCH = 1_000;

/** What an intake came to. */
export interface TakenIn {
  lines: number;
  /** Of them, those that could be joined to a trace. */
  traced: number;
}

/**
 * Takes in lines of an application that knows nothing of us, as fast as the store keeps them: while it is away nothing more is read.
 * Nothing is held but one batch.
 *
 * @param lines `null` among them: nothing more is there for now
 * @param told what becomes of the store, in sentences for people
 */
export async function takeIn(
  lines: AsyncIterable<string | null>,
  intake: Intake,
  store: { readonly url: string; readonly limits: StoreLimits },
  told: (sentence: string) => void,
): Promise<TakenIn> {
  const silent = { debug() {}, info() {}, warn() {}, error() {} };
  const source = { app: intake.app, instance: intake.instance, version: 'unknown', commit: '' };
  const sink = new PostgresSink({ ...store, source, losses: new Losses(silent) }, (_, sentence) =>
    told(sentence),
  );
  sink.open();
  const records = new Records();
  const count: TakenIn = { lines: 0, traced: 0 };
  let batch: KeptLine[] = [];
  const keep = async () => {
    while (batch.length > 0) {
      while (!sink.ready) await pause(50);
      const sent = await sink.take({ spans: [], lines: batch }).then(
        () => true,
        () => false, // the sink has said why, and is tried again
      );
      if (sent) batch = [];
    }
  };
  const add = (record: string | undefined) => {
    const line = record === undefined ? undefined : keptLine(normalised(record, intake));
    if (line === undefined) return;
    batch.push(line);
    count.lines += 1;
    if (line.trace !== undefined) count.traced += 1;
  };
  try {
    for await (const line of lines) {
      add(line === null ? records.end() : records.add(line));
      if (line === null || batch.length >= BATCH) await keep();
    }
    add(records.end());
    await keep();
    return count;
  } finally {
    await sink.close();
  }
}
