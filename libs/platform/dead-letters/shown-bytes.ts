import { isUtf8 } from 'node:buffer';
import { scrub, scrubText } from '../telemetry/scrub.js';

/** Bytes of unknown origin as text, with secrets hidden; where they are no text, each that is no ASCII is written as `\xff`. */
export function shownBytes(bytes: Uint8Array): string {
  const text = asText(bytes);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return scrubText(text);
  }
  return JSON.stringify(scrub(json));
}

function asText(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes);
  // What was cut off may end in the middle of a character.
  for (let cut = 0; cut < 4; cut++) {
    const whole = buffer.subarray(0, Math.max(0, buffer.length - cut));
    if (isUtf8(whole)) return whole.toString('utf8');
  }
  return [...buffer].map((byte) => (byte < 0x80 ? String.fromCharCode(byte) : hex(byte))).join('');
}

function hex(byte: number): string {
  return `\\x${byte.toString(16)}`;
}
