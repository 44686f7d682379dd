import { createHash } from 'node:crypto';
import { happens } from './behaviour.js';

/** A request for a charge, checked. */
export interface ChargeRequest {
  readonly customer: string;
  readonly amount: number;
  readonly currency: string;
  readonly key: string;
}

/** A charge as the provider tells of it. */
export interface Charge {
  readonly id: string;
  readonly amount: number;
  readonly status: 'succeeded' | 'requires_payment_method' | 'canceled';
  readonly client_secret: string;
  readonly currency: string;
  readonly customer: string;
  /** Unix time in seconds. */
  readonly created: number;
}

/** What a key has seen. */
export interface KeyCount {
  /** Requests that arrived under the key. */
  requests: number;
  /** How often money was really taken: 0 or 1, or the provider is broken. */
  charged: number;
  /** The one answer to the key, once it is decided. */
  charge?: Charge;
}

/** Keys that are remembered; the oldest is forgotten first, as real providers forget keys after a day. */
const REMEMBERED = 100_000;

/** The provider's books: one charge per key. */
export class Ledger {
  private readonly keys = new Map<string, KeyCount>();
  private requests = 0;
  private charged = 0;

  /** Counts a request in. @returns which one it is under its key, from 1 */
  arrive(key: string): number {
    this.requests += 1;
    const count = this.keys.get(key) ?? { requests: 0, charged: 0 };
    count.requests += 1;
    this.keys.set(key, count);
    this.forget();
    return count.requests;
  }

  /** Carries out a request, or finds that it was carried out before under its key. */
  carryOut(request: ChargeRequest, failPercent: number): Charge {
    const count = this.keys.get(request.key) ?? { requests: 1, charged: 0 };
    if (count.charge) return count.charge;
    count.charge = decide(request, failPercent);
    if (count.charge.status === 'succeeded') {
      count.charged += 1;
      this.charged += 1;
    }
    this.keys.set(request.key, count);
    return count.charge;
  }

  /** What a key has seen; undefined if it never came, or is forgotten. */
  count(key: string): KeyCount | undefined {
    return this.keys.get(key);
  }

  /** All requests, all charges, and the keys that are remembered. */
  totals(): { requests: number; charged: number; keys: number } {
    return { requests: this.requests, charged: this.charged, keys: this.keys.size };
  }

  /** What every remembered key has seen. */
  counts(): Record<string, KeyTold> {
    return Object.fromEntries([...this.keys].map(([key, count]) => [key, told(count)]));
  }

  private forget(): void {
    if (this.keys.size <= REMEMBERED) return;
    for (const oldest of this.keys.keys()) {
      this.keys.delete(oldest);
      return;
    }
  }
}

/** What is told of a key. */
export interface KeyTold {
  readonly requests: number;
  readonly charged: number;
  /** null: not decided yet. */
  readonly status: Charge['status'] | null;
}

/** Tells of a key. */
export function told({ requests, charged, charge }: KeyCount): KeyTold {
  return { requests, charged, status: charge?.status ?? null };
}

function decide(request: ChargeRequest, failPercent: number): Charge {
  const { key, amount, currency, customer } = request;
  const refused = happens(failPercent, 'fail', key);
  const kind = happens(50, 'kind of failure', key) ? 'requires_payment_method' : 'canceled';
  const id = `pi_${createHash('sha256').update(key).digest('hex').slice(0, 24)}`;
  return {
    id,
    amount,
    status: refused ? kind : 'succeeded',
    client_secret: `${id}_secret_${createHash('sha256').update(`secret ${key}`).digest('hex').slice(0, 16)}`,
    currency,
    customer,
    created: Math.floor(Date.now() / 1000),
  };
}
