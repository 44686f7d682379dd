import type { Client } from './client.js';
import type { Database } from './database.js';
import type { Options } from './options.js';
import type { Progress } from './progress.js';

/** What all steps of a run share. */
export interface Run {
  /** Begins every tid of the run: unique for ever. */
  readonly name: string;
  readonly options: Options;
  readonly database: Database;
  readonly client: Client;
  readonly progress: Progress;
  /** Aborted by Ctrl-C: the workload ends early and is judged all the same. */
  readonly interrupted: AbortSignal;
}

/** Seconds since a moment of performance.now(), with one decimal. */
export function secondsSince(moment: number): number {
  return Math.round((performance.now() - moment) / 100) / 10;
}
