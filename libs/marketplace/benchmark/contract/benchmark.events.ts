import { z } from 'zod';
import { Tid, text } from '#marketplace/text';
import { type EventOf, event } from '#platform/events';

/** What a driver can time: the transactions that end with a mark. */
export const TransactionType = z.enum(['CUSTOMER_SESSION', 'PRICE_UPDATE', 'UPDATE_PRODUCT']);
export type TransactionType = z.infer<typeof TransactionType>;

/** How a transaction ended: SUCCESS at its last module; ABORT or NOT_ACCEPTED by a business "no"; ERROR when it broke. */
export const MarkStatus = z.enum(['SUCCESS', 'ERROR', 'ABORT', 'NOT_ACCEPTED']);
export type MarkStatus = z.infer<typeof MarkStatus>;

/**
 * The end of one transaction, told by the module where it ended. Every transaction gets exactly one mark in the end
 * (invariant I15), which the publisher guarantees by publishing it in the unit of work that ended it.
 */
export const TransactionMark = event('TransactionMark', {
  from: ['cart', 'stock', 'order', 'payment', 'shipment', 'product', 'checkout'],
  schema: z.object({
    /** The driver's id of the transaction: `instanceId` of a checkout, `version` of a seller's update. */
    tid: Tid,
    type: TransactionType,
    /** The customer of a CUSTOMER_SESSION, the seller of the others. */
    actorId: z.number().int(),
    status: MarkStatus,
    /** Name of the module where the transaction ended. */
    source: text(100).min(1),
  }),
});
export type TransactionMark = EventOf<typeof TransactionMark>;
