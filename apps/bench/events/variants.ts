/** A system that runs in a process of its own. */
export type SystemName =
  | 'bullmq-redis'
  | 'bullmq-postgres'
  | 'outbox'
  | 'pg-boss'
  | 'graphile'
  | 'banyan-redis'
  | 'banyan-postgres';

/** What is compared: a system, and the way in which it is used. */
export interface Variant {
  readonly name: string;
  readonly system: SystemName;
  readonly way: string;
  /** Whether the effect of a delivery happens once, whatever dies. */
  readonly once: boolean;
  /** How many events a piece of it has, as a share of the run's: slow ones get fewer, so that no piece takes ten times as long as another. */
  readonly share: number;
  readonly says: string;
}

/** In the order of the tables. */
export const VARIANTS = [
  {
    name: 'BullMQ',
    system: 'bullmq-redis',
    way: 'single',
    once: false,
    share: 1,
    says: 'a job each, added after the commit; the handler does nothing at all',
  },
  {
    name: 'BullMQ, one effect',
    system: 'bullmq-redis',
    way: 'effect',
    once: false,
    share: 0.5,
    says: 'the same, and each handler writes its row',
  },
  {
    name: 'BullMQ, batched by hand',
    system: 'bullmq-redis',
    way: 'by hand',
    once: false,
    share: 2,
    says: 'a hundred events to a job, one statement for their rows',
  },
  {
    name: 'naive outbox',
    system: 'outbox',
    way: 'outbox',
    once: true,
    share: 0.3,
    says: 'rows locked and polled, addBulk to BullMQ on Redis, a transaction per job with inbox and effect',
  },
  {
    name: 'pg-boss',
    system: 'pg-boss',
    way: 'batches',
    once: true,
    share: 0.5,
    says: 'transactional batches of a hundred, woken by NOTIFY',
  },
  {
    name: 'graphile-worker',
    system: 'graphile',
    way: 'single',
    once: false,
    share: 0.5,
    says: 'fetched and completed in batches, handled one by one',
  },
  {
    name: 'BullMQ on Postgres',
    system: 'bullmq-postgres',
    way: 'single',
    once: false,
    share: 0.2,
    says: 'a job each; the handler does nothing at all',
  },
  {
    name: 'BullMQ on Postgres, by hand',
    system: 'bullmq-postgres',
    way: 'by hand',
    once: false,
    share: 1,
    says: 'a hundred events to a job, one statement for their rows',
  },
  {
    name: 'ours',
    system: 'banyan-redis',
    way: 'single',
    once: true,
    share: 1,
    says: 'a handler for each event, which writes its row',
  },
  {
    name: 'ours, in batches',
    system: 'banyan-redis',
    way: 'batch',
    once: true,
    share: 2,
    says: 'a handler for up to a hundred events, one statement for their rows',
  },
  {
    name: 'ours on Postgres',
    system: 'banyan-postgres',
    way: 'single',
    once: true,
    share: 1,
    says: 'a handler for each event, woken by BullMQ on Postgres',
  },
  {
    name: 'ours on Postgres, in batches',
    system: 'banyan-postgres',
    way: 'batch',
    once: true,
    share: 2,
    says: 'a handler for up to a hundred events, woken by BullMQ on Postgres',
  },
] as const satisfies readonly Variant[];

export type VariantName = (typeof VARIANTS)[number]['name'];

/** The variant of a name. */
export function variant(name: VariantName): Variant & { readonly name: VariantName } {
  return VARIANTS.find((each) => each.name === name) as Variant & { readonly name: VariantName };
}
