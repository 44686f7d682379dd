/**
 * What the run knows about its transactions and the invariants must find again (I15): what was accepted (2xx) has
 * exactly one mark in the end; what never got an answer has one or none.
 */
export class Ledger {
  /** tids of asynchronous transactions that the system accepted. */
  readonly accepted: string[] = [];
  /** tids of checkouts whose outcome nobody could tell during the run. */
  readonly unknown: string[] = [];

  /** The system answered 2xx. */
  accept(tid: string): void {
    this.accepted.push(tid);
  }

  /** No attempt was answered. */
  doubt(tid: string): void {
    this.unknown.push(tid);
  }
}
