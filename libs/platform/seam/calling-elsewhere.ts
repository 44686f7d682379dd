import { type CallContext, formatTraceparent } from '../telemetry/call-context.js';
import { givenUpWithCallers } from './cancelled.js';
import type { GivingUp } from './giving-up.js';
import { answerFromWire, argumentsToWire } from './over-the-wire.js';
import type { Placement } from './placement.js';

/** A call that another process answers. */
export interface Outgoing {
  readonly module: string;
  readonly token: string;
  readonly method: string;
  readonly args: readonly unknown[];
  /** Who calls: its context, and its module's name. */
  readonly parent: CallContext;
  readonly caller: string;
  /** The operations above the one that is called. */
  readonly chain: readonly string[];
  readonly remainingMs: number;
  /** Aborted once the caller has given up, or whoever waits for the caller. */
  readonly gaveUp: GivingUp;
}

/**
 * Takes a call to where its module answers, with all that a call in this process would carry.
 *
 * @throws what the method threw; Fault when no answer came; Bug for arguments that can't travel
 */
export async function callElsewhere(placement: Placement, outgoing: Outgoing): Promise<unknown> {
  const { module, token, method, parent, caller, chain, remainingMs, gaveUp } = outgoing;
  const { tenant, conversation, causation, hops } = parent;
  const args = argumentsToWire(`${token}.${method}`, outgoing.args);
  const traceparent = formatTraceparent(parent.trace);
  const context = { traceparent, caller, chain, remainingMs, tenant, conversation, causation, hops };
  const over = givenUpWithCallers(gaveUp);
  try {
    return answerFromWire(await placement.call({ module, token, method, args, context }, gaveUp));
  } finally {
    over?.();
  }
}
