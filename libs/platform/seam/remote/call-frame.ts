import type { WireError } from '../wire-error.js';
import { BrokenFrame } from './frame.js';
import { number, record, text } from './handshake.js';
import type { RemoteCall } from './remote-call.js';

/** The seam itself refuses chains of more than 16 operations. */
const LONGEST_CHAIN = 64;

/**
 * The head of a call: everything but its arguments.
 *
 * @param remainingMs what is left at the moment of sending, which is less than at the moment of calling
 */
export function callHead({ module, token, method, context }: RemoteCall, remainingMs: number): string {
  return JSON.stringify({ module, token, method, ...context, remainingMs });
}

/**
 * Reads a call. Fields of a later version are ignored; nothing of foreign objects is kept but the fields named here.
 *
 * @throws BrokenFrame
 */
export function readCall(head: string, args: string): RemoteCall {
  const said = record(head);
  const { chain, tenant, conversation, causation } = said;
  const isChain = Array.isArray(chain) && chain.every((above) => typeof above === 'string');
  if (!isChain || chain.length > LONGEST_CHAIN) throw new BrokenFrame('a call without a proper chain');
  return {
    module: text(said, 'module'),
    token: text(said, 'token'),
    method: text(said, 'method'),
    args,
    context: {
      traceparent: text(said, 'traceparent'),
      caller: text(said, 'caller'),
      chain,
      remainingMs: number(said, 'remainingMs'),
      ...(typeof tenant === 'string' && { tenant }),
      ...(typeof conversation === 'string' && { conversation }),
      ...(typeof causation === 'string' && { causation }),
      hops: number(said, 'hops'),
    },
  };
}

/** @throws BrokenFrame when it is none; kinds of a later version are left to `errorFromWire`, which says so */
export function readWireError(body: string): WireError {
  const said = record(body);
  text(said, 'no');
  text(said, 'message');
  return said as unknown as WireError;
}
