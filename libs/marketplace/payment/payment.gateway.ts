import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { text } from '#marketplace/text';
import { SETTINGS, type Settings } from '#platform/config';
import { Bug, Fault } from '#platform/seam';
import type { PaymentType } from './contract/index.js';
import type { ChargeStatus } from './payment.rules.js';

/**
 * Longest wait for the provider, in milliseconds; CALL_TIMEOUT_MS when that is less. Shorter than a
 * delivery's lease (20 s), so a charge has one caller at a time.
 */
const LONGEST_WAIT_MS = 5_000;

/** More than this is no answer to a charge. Characters. */
const LONGEST_ANSWER = 16_384;

const Answer = z.object({
  id: text(200).min(1),
  amount: z.number(),
  status: z.enum(['succeeded', 'requires_payment_method', 'canceled']),
});

/** A charge as the provider is asked for it. */
export interface Charge {
  /** The provider answers the same to the same key, however often it is asked. */
  readonly idempotencyKey: string;
  readonly customerId: number;
  readonly amount: number;
  readonly type: PaymentType;
  /** Only for cards. */
  readonly card?: { readonly number: string; readonly expiration: string };
}

/**
 * The payment provider, over HTTP. Connections are kept alive by fetch's own pool; how many calls run at once
 * is bounded by the listener that makes them. No error of this class quotes what was sent or answered: it
 * could hold a card number.
 */
@Injectable()
export class PaymentGateway {
  private readonly deadlineMs: number;

  constructor(@Inject(SETTINGS) private readonly settings: Settings) {
    this.deadlineMs = Math.min(LONGEST_WAIT_MS, settings.CALL_TIMEOUT_MS);
  }

  /** Whether payments are charged at all; without a provider each succeeds. */
  get enabled(): boolean {
    return this.settings.PAYMENT_PROVIDER;
  }

  /**
   * Charges a customer.
   *
   * @throws Fault when the provider is silent, sick or out of reach: ask again, under the same key
   * @throws Bug when the provider does not understand us, or we don't understand it
   */
  async charge(charge: Charge): Promise<{ id: string; status: ChargeStatus }> {
    const response = await this.post(charge);
    const text = response.ok ? await read(response) : await drop(response);
    if (response.status >= 500 || response.status === 408 || response.status === 429) {
      throw new Fault(
        `The payment provider answered ${response.status}: it is asked again under the same key.`,
      );
    }
    if (!response.ok) {
      throw new Bug(
        `The payment provider answered ${response.status} to a charge: compare the request with its API.`,
      );
    }
    const answer = Answer.safeParse(parse(text));
    if (!answer.success) {
      throw new Bug(
        'The payment provider answered something else than a charge: compare payment.gateway with its API.',
      );
    }
    if (answer.data.amount !== charge.amount) {
      throw new Bug(
        `The payment provider charged ${answer.data.amount} under ${charge.idempotencyKey} instead of ${charge.amount}: ` +
          'the key was used for another amount before; settle it with the provider by hand.',
      );
    }
    return { id: answer.data.id, status: answer.data.status };
  }

  private async post(charge: Charge): Promise<Response> {
    const base = this.settings.PAYMENT_PROVIDER_URL;
    if (base === '') {
      throw new Fault(
        'No payment provider is configured: set PAYMENT_PROVIDER_URL, or PAYMENT_PROVIDER=false.',
        {
          acted: 'no',
        },
      );
    }
    try {
      return await fetch(new URL('/esp', base), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(toWire(charge)),
        redirect: 'error',
        signal: AbortSignal.timeout(this.deadlineMs),
      });
    } catch (error) {
      throw unreached(error);
    }
  }
}

function toWire(charge: Charge): Record<string, unknown> {
  const { card } = charge;
  return {
    Customer: String(charge.customerId),
    Amount: charge.amount,
    PaymentMethod: charge.type,
    IdempotencyKey: charge.idempotencyKey,
    Currency: 'USD',
    ...(card && {
      cardOptions: {
        Number: card.number,
        ExpMonth: card.expiration.slice(0, 2),
        ExpYear: card.expiration.slice(2),
      },
    }),
  };
}

async function read(response: Response): Promise<string> {
  let text = '';
  try {
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      if (text.length > LONGEST_ANSWER)
        throw new Bug('The payment provider answered with a flood instead of a charge.');
    }
  } catch (error) {
    throw error instanceof Bug ? error : unreached(error);
  }
  return text;
}

/** Lets go of an answer that nobody reads, so that its connection is free again. */
async function drop(response: Response): Promise<string> {
  await response.body?.cancel();
  return '';
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // what is not JSON fits no answer, and is told so
  }
}

function unreached(error: unknown): Fault {
  const silent = (error as { name?: string } | null)?.name === 'TimeoutError';
  return new Fault(
    silent
      ? `The payment provider did not answer in time: it is asked again under the same key.`
      : 'The payment provider is out of reach: it is asked again under the same key. Is PAYMENT_PROVIDER_URL right?',
    { cause: error },
  );
}
