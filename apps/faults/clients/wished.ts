import { randomBytes, randomUUID } from 'node:crypto';
import type { Operation } from './operations.js';

/** A transfer that a row wants by the side: a mood for the picky listener, or a note that is hard to carry. */
export function wishedTransfer(wish: { readonly mood?: string; readonly note?: string }): Operation {
  const opId = randomUUID();
  const body = { opId, from: 3, to: 4, amount: 1, mood: 'fine', ...wish };
  return {
    opId,
    f: 'transfer',
    app: 'bank',
    path: '/bank/transfers',
    body,
    trace: randomBytes(16).toString('hex'),
  };
}
