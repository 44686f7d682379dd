import type { CustomerRow } from './data.js';

/**
 * The customers that are not in a session: first in, first out, so that each has at most one session at a time. A customer whose
 * cart is in an unknown state is set aside and comes back only when nobody else is left.
 */
export class IdleCustomers {
  private readonly aside: CustomerRow[] = [];
  private readonly idle: CustomerRow[];

  /** @param rows all customers of the run */
  constructor(rows: readonly CustomerRow[]) {
    this.idle = [...rows];
  }

  /**
   * The customer who waited longest.
   *
   * @throws Error when all are in a session: a run has at least as many customers as transactions outstanding
   */
  take(): CustomerRow {
    const customer = this.idle.shift() ?? this.aside.shift();
    if (!customer) throw new Error('All customers are in a session: load more with --customers.');
    return customer;
  }

  /** The session is over. */
  giveBack(customer: CustomerRow): void {
    this.idle.push(customer);
  }

  /** The session is over, and nobody knows what it left in the cart. */
  setAside(customer: CustomerRow): void {
    this.aside.push(customer);
  }
}
