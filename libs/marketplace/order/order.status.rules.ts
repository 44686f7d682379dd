import { Bug } from '#platform/seam';
import type { OrderStatus } from './contract/index.js';

/** The way of an order that is paid, from its first status to its last (specification 2). */
export const path = [
  'INVOICED',
  'PAYMENT_PROCESSED',
  'READY_FOR_SHIPMENT',
  'IN_TRANSIT',
  'DELIVERED',
] as const satisfies readonly OrderStatus[];

/** Statuses that nothing follows. Orders that reach one go into the audit log. */
export const terminal: readonly OrderStatus[] = ['DELIVERED', 'PAYMENT_FAILED'];

/** The date column that a step fills in. */
export type Stamp = 'payment_date' | 'delivered_carrier_date' | 'delivered_customer_date';

/** What one piece of news does to an order. */
export interface Step {
  readonly from: OrderStatus;
  readonly to: OrderStatus;
  readonly stamps?: Stamp;
}

/** All that can happen to an order after it was invoiced, by the news that tells of it. */
export const steps = {
  paid: { from: 'INVOICED', to: 'PAYMENT_PROCESSED', stamps: 'payment_date' },
  'not paid': { from: 'INVOICED', to: 'PAYMENT_FAILED' },
  approved: { from: 'PAYMENT_PROCESSED', to: 'READY_FOR_SHIPMENT' },
  delivery_in_progress: { from: 'READY_FOR_SHIPMENT', to: 'IN_TRANSIT', stamps: 'delivered_carrier_date' },
  concluded: { from: 'IN_TRANSIT', to: 'DELIVERED', stamps: 'delivered_customer_date' },
} as const satisfies Record<string, Step>;

/** The news that moves an order. */
export type News = keyof typeof steps;

/**
 * What a piece of news means for an order: `go` on; too `late`, the order has been there already; too
 * `early`, what comes before has not been heard yet (J13: wait for it); or `never`, since the order took the
 * other way.
 */
export function judge(status: OrderStatus, news: News): 'go' | 'late' | 'early' | 'never' {
  const { from, to } = steps[news];
  if (status === from) return 'go';
  if (status === to) return 'late';
  const [now, before, after] = [rank(status), rank(from), rank(to)];
  if (now === undefined || after === undefined) return 'never';
  return now > after ? 'late' : now < (before as number) ? 'early' : 'never';
}

function rank(status: OrderStatus): number | undefined {
  const index = (path as readonly OrderStatus[]).indexOf(status);
  return index < 0 ? undefined : index;
}

/**
 * Checks the tables above when the module starts.
 *
 * @throws Bug naming every step that leaves the path, skips a part of it, or leads on from an end
 */
export function checkSteps(table: Readonly<Record<string, Step>> = steps): void {
  const wrong: string[] = [];
  for (const [news, { from, to }] of Object.entries(table)) {
    const [start, end] = [rank(from), rank(to)];
    if (start === undefined) wrong.push(`"${news}" starts at ${from}, which is not on the path`);
    if (terminal.includes(from)) wrong.push(`"${news}" leads on from ${from}, which is an end`);
    if (end === undefined && !terminal.includes(to)) wrong.push(`"${news}" leads to ${to}, which is nowhere`);
    if (start !== undefined && end !== undefined && end !== start + 1)
      wrong.push(`"${news}" skips a part of the path`);
  }
  const reached = Object.values(table).map((step) => step.to);
  const lost = [...path.slice(1), ...terminal].filter((status) => !reached.includes(status));
  if (lost.length > 0) wrong.push(`nothing leads to ${lost.join(', ')}`);
  if (wrong.length > 0) throw new Bug(`The steps of an order contradict its path: ${wrong.join('; ')}.`);
}
