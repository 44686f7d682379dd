import { callContext, freshContext, inContext } from '../call-context.js';
import type { SpanBuffer } from './span-buffer.js';

/** What work that nobody asked for is called, and whose it is. */
export interface TaskName {
  /** `payment.vault-sweep`. */
  readonly operation: string;
  readonly module?: string;
}

/** Runs work that nobody asked for (scheduled, a sweep) in a trace of its own, of which it is the first span. */
export async function inTask<T>(
  spans: SpanBuffer | undefined,
  { operation, module }: TaskName,
  work: () => Promise<T>,
): Promise<T> {
  const begun = performance.now();
  const context = freshContext({ operation, module, spans });
  let failure: unknown;
  try {
    return await inContext(context, work);
  } catch (error) {
    failure = error ?? 'nothing was thrown';
    throw error;
  } finally {
    spans?.hop(context, 'task', begun, failure);
  }
}

/**
 * Runs what a module does by a timer: injected into any provider. Its calls, units of work, events and lines are then in one
 * trace; without it they are in one each, or in none.
 */
export class Tasks {
  constructor(private readonly spans?: SpanBuffer) {}

  /** Runs `work` in a trace of its own; inside a running call it stays in that one's. */
  run<T>(name: TaskName, work: () => Promise<T>): Promise<T> {
    return callContext() ? work() : inTask(this.spans, name, work);
  }
}
