import type { Catalogue } from './catalogue.js';
import type { Client } from './client.js';
import type { IdleCustomers } from './customers.js';
import type { DashboardCheck } from './dashboard.js';
import type { Ledger } from './ledger.js';
import type { Outcomes } from './outcomes.js';
import type { Random } from './random.js';

/** What the transactions of a run work with. */
export interface Stage {
  readonly client: Client;
  readonly outcomes: Outcomes;
  readonly catalogue: Catalogue;
  readonly customers: IdleCustomers;
  readonly ledger: Ledger;
  readonly dashboards: DashboardCheck;
  readonly uniqueSeller: boolean;
  /** True once no more should be begun or tried again. */
  readonly over: () => boolean;
}

/** One transaction to be made: its id, unique for ever, and its own source of choices. */
export interface Turn {
  readonly tid: string;
  readonly random: Random;
}

/** How a transaction ended; times in ms on the clock of performance.now(). */
export type Ending =
  | { readonly outcome: 'SUCCESS'; readonly at: number; readonly latency: number }
  | { readonly outcome: 'ABORT' | 'ERROR' | 'NOT_ACCEPTED'; readonly at: number; readonly source: string }
  /** UNKNOWN: requests without an answer, so the database will tell. UNMARKED: accepted, but no mark came in time. */
  | { readonly outcome: 'UNKNOWN' | 'UNMARKED'; readonly at: number };

/** A kind of transaction. Never rejects for anything that the system did: that is an ending. */
export type Transaction = (stage: Stage, turn: Turn) => Promise<Ending>;
