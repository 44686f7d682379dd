import { setTimeout as pause } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { CartApi } from '#marketplace/cart';
import { PaymentApi } from '#marketplace/payment';
import { ProductApi } from '#marketplace/product';
import { Fault, Refusal } from '#platform/seam';
import { CheckoutData, type Claimed, type Held, LEASE_MS, type Settled } from './checkout.data.js';
import { details, objection, paymentMethod } from './checkout.rules.js';
import { stillRunning } from './contract/checkout.refusals.js';
import type { CustomerCheckout } from './customer-checkout.js';

/** A repeated checkout waits this long for the first, in steps, when another process runs it. */
const PATIENCE_MS = 2_000;
const STEP_MS = 50;
/** A cart that changes under its checkout is priced anew this often. */
const ROUNDS = 3;

/**
 * Checks a cart out: cart says what it has not seen of product, product answers, payment keeps the method, cart submits.
 * Every step is idempotent by `instanceId`, and the answer is kept, so a repetition gets the first answer: while the first
 * runs, after it, and after a crash between any two steps.
 */
@Injectable()
export class CheckoutProcess {
  private readonly running = new Map<string, Promise<Settled>>();

  constructor(
    private readonly checkouts: CheckoutData,
    private readonly carts: CartApi,
    private readonly products: ProductApi,
    private readonly payments: PaymentApi,
  ) {}

  /**
   * Checks out once, however often it is asked.
   *
   * @throws Refusal the objection, what cart or payment refuse, or stillRunning
   */
  async checkOut(customerId: number, checkout: CustomerCheckout): Promise<void> {
    const key = `${customerId} ${checkout.instanceId}`;
    const running = this.running.get(key) ?? this.start(key, customerId, checkout);
    const { refusal } = await running;
    if (refusal) throw refusal;
  }

  private start(key: string, customerId: number, checkout: CustomerCheckout): Promise<Settled> {
    const running = this.once(customerId, checkout).finally(() => this.running.delete(key));
    this.running.set(key, running);
    return running;
  }

  private async once(customerId: number, checkout: CustomerCheckout): Promise<Settled> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const begun = Date.now();
      const claim = await this.checkouts.claim(customerId, checkout.instanceId);
      if (claim.state === 'settled') return claim;
      const answer = claim.state === 'claimed' ? await this.run(claim, checkout, begun + LEASE_MS) : claim;
      if (answer.state === 'settled') return answer;
      if (Date.now() > deadline) throw stillRunning({ tid: checkout.instanceId });
      await pause(STEP_MS);
    }
  }

  private async run(claim: Claimed, checkout: CustomerCheckout, leaseEnds: number): Promise<Settled | Held> {
    try {
      const refusal = await this.attempt(claim, checkout, leaseEnds);
      // A refusal counts only if no attempt before this one submitted: the cart may be empty for that very reason.
      if (!refusal || (await this.carts.history(claim.customerId, claim.tid)).length > 0) {
        return await this.checkouts.accept(claim);
      }
      return await this.checkouts.refuse(claim, refusal);
    } catch (error) {
      await this.letGo(claim, error);
      throw error;
    }
  }

  private async attempt(
    claim: Claimed,
    checkout: CustomerCheckout,
    leaseEnds: number,
  ): Promise<Refusal | undefined> {
    const refusal = objection(claim.customerId, checkout, new Date());
    if (refusal) return refusal;
    try {
      await this.submit(claim, checkout, leaseEnds);
      return undefined;
    } catch (error) {
      if (error instanceof Refusal) return error;
      throw error;
    }
  }

  private async submit(claim: Claimed, checkout: CustomerCheckout, leaseEnds: number): Promise<void> {
    const { tid, customerId } = claim;
    let unseen = await this.carts.unseen(customerId);
    const { reference } = await this.payments.keepMethod(paymentMethod(checkout));
    for (let round = 1; round <= ROUNDS; round++) {
      const facts = unseen.length > 0 ? await this.products.current(unseen) : [];
      // From here on another runner may be at work, and may have given another answer.
      if (Date.now() >= leaseEnds)
        throw new Fault(`Checkout ${tid} took too long. Ask again.`, { acted: 'no' });
      const submission = await this.carts.submit(details(checkout, reference), facts);
      if (submission.sent) return;
      unseen = submission.unseen;
    }
    throw new Fault(`The cart of customer ${customerId} kept changing while it was checked out. Ask again.`, {
      acted: 'no',
    });
  }

  private async letGo(claim: Claimed, reason: unknown): Promise<void> {
    try {
      await this.checkouts.release(claim);
    } catch (error) {
      // The lease runs out by itself; the reason is what the caller needs to know.
      if (reason instanceof Error && reason.cause === undefined) reason.cause = error;
    }
  }
}
