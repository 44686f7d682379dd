/** How a breaker behaves. */
export interface BreakerOptions {
  /** Failures in a row that open it. */
  readonly failures: number;
  readonly openMs: number;
  readonly longestOpenMs: number;
}

/**
 * Keeps calls away from an address that fails. After some failures in a row it is open: calls are refused at once, which
 * gives the callee time and the caller an answer. Then one call is let through as a probe; it closes the circuit or opens it
 * again, for twice as long.
 */
export class Breaker {
  #failures = 0;
  #openUntil: number | undefined;
  #openMs: number;
  #probing = false;

  constructor(private readonly options: BreakerOptions) {
    this.#openMs = options.openMs;
  }

  get state(): 'closed' | 'open' | 'half-open' {
    if (this.#openUntil === undefined) return 'closed';
    return performance.now() < this.#openUntil ? 'open' : 'half-open';
  }

  /** Whether a call may go. In a half-open circuit one may, as the probe. */
  admits(): 'yes' | 'probe' | 'no' {
    if (this.#openUntil === undefined) return 'yes';
    if (this.#probing || performance.now() < this.#openUntil) return 'no';
    this.#probing = true;
    return 'probe';
  }

  /** Something was heard from the callee. */
  succeeded(): void {
    this.#failures = 0;
    this.#openUntil = undefined;
    this.#openMs = this.options.openMs;
    this.#probing = false;
  }

  /** @returns true when this failure opened the circuit */
  failed(): boolean {
    this.#failures++;
    if (this.#openUntil === undefined && this.#failures < this.options.failures) return false;
    // Failures of what went out before it opened say nothing new.
    if (this.state === 'open') return false;
    this.#openUntil = performance.now() + this.#openMs;
    this.#openMs = Math.min(this.#openMs * 2, this.options.longestOpenMs);
    this.#probing = false;
    return true;
  }

  /** The probe ended without telling anything (its caller gave up): the next call is the probe. */
  learntNothing(): void {
    this.#probing = false;
  }
}
