/** How a checkout stands: on its way through the modules that must agree, accepted (an order will follow), or refused. */
export interface CheckoutStatus {
  /** The caller's `instanceId`. */
  readonly tid: string;
  readonly customerId: number;
  readonly status: 'running' | 'accepted' | 'refused';
  /** Why it was refused. */
  readonly refusal: { readonly code: string; readonly message: string } | null;
}

/** What other modules may ask of checkout. */
export abstract class CheckoutApi {
  /** @throws Refusal noSuchCheckout */
  abstract find(customerId: number, tid: string): Promise<CheckoutStatus>;

  /** Back to the state before a run: no checkouts. */
  abstract reset(): Promise<void>;

  /** Deletes everything that checkout owns. */
  abstract cleanup(): Promise<void>;
}
