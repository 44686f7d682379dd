import type { Setup } from './engine.js';

/** What a system is told to do; each is answered with a {@link Done}. */
export type Task = { readonly setup: Setup } & (
  | { readonly what: 'clear' }
  /** Publishes a backlog that nobody handles yet. */
  | { readonly what: 'fill'; readonly events: number }
  /** Handles the backlog, to its last effect. */
  | { readonly what: 'drain'; readonly events: number }
  /** Publishes and handles at once, as fast as it goes. */
  | { readonly what: 'through'; readonly events: number }
  /** Business transactions at a steady pace, each of which publishes an event that is handled. */
  | { readonly what: 'pace'; readonly perSecond: number; readonly seconds: number }
  /** Business transactions as fast as some writers go; `publish`: with an event; `handle`: which is handled meanwhile. */
  | {
      readonly what: 'business';
      readonly seconds: number;
      readonly publish: boolean;
      readonly handle: boolean;
    }
);

/** What came of it. */
export interface Done {
  /** From the first act to the last effect, in seconds. */
  readonly seconds: number;
  /** Deliveries that were handled to their end, or transactions. */
  readonly count: number;
  /** Whether effects were counted: not while nobody handles. */
  readonly checked: boolean;
  /** Effects that were found, and the different deliveries among them; both are to be `count`. */
  readonly effects: number;
  readonly distinct: number;
  /** From the commit of the business to the handler, in ms. */
  readonly p50?: number;
  readonly p99?: number;
}
