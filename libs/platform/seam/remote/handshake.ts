import { BrokenFrame } from './frame.js';

/** Both sides must speak the same one. Raised when frames or their meaning change. */
export const PROTOCOL = 1;
/** Longest frame of the handshake: all that a stranger may send. */
export const HANDSHAKE_BYTES = 1_024;

/** What the server says first. */
export interface Hello {
  readonly protocol: number;
  readonly nonce: string;
}

/** What the client answers. `name` is for the logs. */
export interface Proof {
  readonly name: string;
  readonly nonce: string;
  readonly proof: string;
  /** Longest answer that it reads. */
  readonly frameBytes: number;
}

/** What the server says to a client that knows the secret. */
export interface Welcome {
  readonly proof: string;
  /** Longest call that it reads. */
  readonly frameBytes: number;
  /** How many calls it works on for one connection. */
  readonly calls: number;
}

export const readHello = (body: string): Hello => {
  const said = record(body);
  return { protocol: number(said, 'protocol'), nonce: text(said, 'nonce') };
};

export const readProof = (body: string): Proof => {
  const said = record(body);
  return {
    name: text(said, 'name'),
    nonce: text(said, 'nonce'),
    proof: text(said, 'proof'),
    frameBytes: number(said, 'frameBytes'),
  };
};

export const readWelcome = (body: string): Welcome => {
  const said = record(body);
  return {
    proof: text(said, 'proof'),
    frameBytes: number(said, 'frameBytes'),
    calls: number(said, 'calls'),
  };
};

/** @throws BrokenFrame when the text is no JSON object */
export function record(body: string): Record<string, unknown> {
  let said: unknown;
  try {
    said = JSON.parse(body);
  } catch {
    throw new BrokenFrame('text that is not JSON');
  }
  if (typeof said === 'object' && said !== null && !Array.isArray(said))
    return said as Record<string, unknown>;
  throw new BrokenFrame('JSON that is no object');
}

/** @throws BrokenFrame when it is missing, or no text */
export function text(said: Record<string, unknown>, key: string): string {
  const value = said[key];
  if (typeof value === 'string') return value;
  throw new BrokenFrame(`no text as ${key}`);
}

/** @throws BrokenFrame when it is missing, or no finite number from 0 up */
export function number(said: Record<string, unknown>, key: string): number {
  const value = said[key];
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
  throw new BrokenFrame(`no number as ${key}`);
}
