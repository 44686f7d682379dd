import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { Bug } from '../bug.js';

/** Shorter secrets can be guessed. */
const SHORTEST = 16;

/**
 * How two apps prove to each other that both know the shared secret, without sending it: each answers to a nonce that the
 * other has just made, so that nothing that was overheard can be said again. It says who is at the other end when the
 * connection begins; it does not hide or seal what follows. Between machines whose network strangers share, run it inside TLS or a
 * private network.
 */
export class SharedSecret {
  /** @throws Bug when the secret is too short to be one */
  constructor(private readonly secret: string) {
    if (secret.length >= SHORTEST) return;
    throw new Bug(
      `The secret for calls between apps has ${secret.length} characters: give it ${SHORTEST} or more.`,
    );
  }

  /** @param side who proves: a proof of the client is none of the server, so that neither can be echoed */
  prove(side: 'client' | 'server', serverNonce: string, clientNonce: string): string {
    const said = `banyan-calls ${side} ${serverNonce} ${clientNonce}`;
    return createHmac('sha256', this.secret).update(said).digest('hex');
  }

  /** Takes as long for a proof that is nearly right as for one that is all wrong. */
  isProof(proof: string, side: 'client' | 'server', serverNonce: string, clientNonce: string): boolean {
    const right = Buffer.from(this.prove(side, serverNonce, clientNonce));
    const given = Buffer.from(proof);
    return given.length === right.length && timingSafeEqual(given, right);
  }
}

/** 256 bits in hex, never used twice. */
export function newNonce(): string {
  return randomBytes(32).toString('hex');
}
