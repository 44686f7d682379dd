import { z } from 'zod';
import { type EventType, event } from '#platform/events';

const Fact = z.object({
  /** The client's operation that it all began with. */
  opId: z.uuid(),
  /** The aggregate that changed, and which change of it this is. */
  agg: z.string(),
  version: z.number().int(),
  amount: z.number().int(),
  /** How picky listeners take it: `fine`, `flaky` (fails once), `poison…` (fails always); known to the client in advance. */
  mood: z.string(),
  depth: z.number().int().optional(),
  note: z.string().optional(),
});

/** What every event of the test bed tells. */
export type Fact = z.output<typeof Fact>;

const fact = (type: string, from: string): EventType<Fact> =>
  event(type, { from, schema: Fact, key: (told) => told.agg });

export const TransferMade = fact('TransferMade', 'bank');
export const ListsAppended = fact('ListsAppended', 'bank');
export const OrderPlaced = fact('OrderPlaced', 'shop');
export const OrderCharged = fact('OrderCharged', 'bank');
export const ChargeRefused = fact('ChargeRefused', 'bank');
export const OrderShipped = fact('OrderShipped', 'shop');
export const ChainStep = fact('ChainStep', 'audit');
