import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { withClient } from '../measure/postgres.js';
import { type Asked, type ChainName, checkoutRequest, trackingRequest } from './load/chains.js';
import { refillCarts } from './servers/data.js';
import type { RunningSystem, SystemName } from './servers/systems.js';
import { VARIANTS, type Variant } from './variants.js';

/** How long systems may take until those that run know each other. */
const ACQUAINTED_WITHIN_MS = 20_000;
const SAMPLES = 20;

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/**
 * Makes sure, before anything is timed, that all variants do the same work: the same answers to the same questions, and after
 * the same checkouts the same rows in cart and payment.
 *
 * @throws Error that shows the first difference
 */
export async function assertAgreement(
  systems: ReadonlyMap<SystemName, RunningSystem>,
  orders: number,
): Promise<void> {
  for (const [, system] of systems)
    await withClient(system.database, (client) => refillCarts(client, 2 * SAMPLES));
  for (let at = 0; at < SAMPLES; at++) {
    await agree(systems, 'tracking', () => trackingRequest(at, orders));
    // A customer of its own for every variant of one system, which share their carts.
    await agree(systems, 'checkout', ({ direct }) =>
      checkoutRequest(direct ? SAMPLES + at + 1 : at + 1, `agreed ${direct ? SAMPLES + at : at}`),
    );
  }
  await agree(systems, 'tracking', () => ({ method: 'GET', path: '/tracking/2000000000/1', expects: 404 }));
  await agree(systems, 'tracking', () => ({ method: 'GET', path: '/tracking/none/1', expects: 400 }));
  await agree(systems, 'checkout', () => ({ ...checkoutRequest(1, 'none there'), expects: 409 }));
  await sameRows(systems);
}

async function agree(
  systems: ReadonlyMap<SystemName, RunningSystem>,
  chain: ChainName,
  asked: (variant: Variant) => Asked,
): Promise<void> {
  let first: { variant: Variant; answer: Answer } | undefined;
  for (const variant of VARIANTS) {
    const url = (systems.get(variant.system) as RunningSystem).url(chain, variant.direct);
    const question = asked(variant);
    const answer = await ask(url, question);
    if (answer.status !== question.expects) {
      throw new Error(
        `${variant.name} answers ${question.method} ${question.path} with ${answer.status}, not ${question.expects}: ` +
          JSON.stringify(answer.body).slice(0, 500),
      );
    }
    // The words of a "no" are everybody's own, and a checkout's answer names its customer.
    if (question.expects !== 200) continue;
    first ??= { variant, answer };
    if (!isDeepStrictEqual(answer, first.answer)) {
      throw new Error(
        `${variant.name} and ${first.variant.name} answer ${question.path} differently:\n` +
          `${JSON.stringify(answer)}\n${JSON.stringify(first.answer)}`,
      );
    }
  }
}

async function ask(url: string, { method, path, body }: Asked): Promise<Answer> {
  const until = Date.now() + ACQUAINTED_WITHIN_MS;
  for (;;) {
    const headers: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
    const answer = await fetch(`${url}${path}`, { method, body, headers });
    const text = await answer.text();
    // Services that have just started don't know each other yet.
    if (answer.status >= 500 && Date.now() < until) {
      await pause(100);
      continue;
    }
    return { status: answer.status, body: text === '' ? undefined : JSON.parse(text, sameMoment) };
  }
}

/** One moment can be written in several ways: `...571588+00:00` by Postgres, `...571Z` by JavaScript. */
function sameMoment(_key: string, value: unknown): unknown {
  const moment = typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value);
  return moment ? new Date(value).toISOString() : value;
}

/** What a checkout leaves behind, in every version. */
const LEFT = `
select h.line, h.customer_id, h.seller_id, h.product_id, h.unit_price, h.freight_value, h.voucher, h.quantity, h.version,
  m.type, m.card_number, m.card_last4, m.card_holder_name, m.card_expiration, m.card_brand, m.installments,
  (select count(*) from cart.cart_items i where i.customer_id = h.customer_id) as still_in_cart
from cart.cart_history h left join payment.methods m on m.tid = h.tid and m.customer_id = h.customer_id
where h.customer_id <= ${SAMPLES} order by h.customer_id, h.line`;

async function sameRows(systems: ReadonlyMap<SystemName, RunningSystem>): Promise<void> {
  let first: { name: SystemName; rows: unknown[] } | undefined;
  for (const [name, system] of systems) {
    const { rows } = await withClient(system.database, (client) => client.query(LEFT));
    first ??= { name, rows };
    if (rows.length === 0 || !isDeepStrictEqual(rows, first.rows)) {
      throw new Error(
        `The checkouts of ${name} and ${first.name} left different rows: ${JSON.stringify(rows[0])} and ${JSON.stringify(first.rows[0])}.`,
      );
    }
  }
}
