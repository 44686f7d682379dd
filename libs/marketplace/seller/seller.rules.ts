import type { ShipmentStatus } from '#marketplace/shipment';

/** Where a seller's order line can stand, in the order in which it gets there; PAYMENT_FAILED ends it early. */
export const ORDER_PATH = [
  'INVOICED',
  'PAYMENT_PROCESSED',
  'PAYMENT_FAILED',
  'READY_FOR_SHIPMENT',
  'IN_TRANSIT',
  'DELIVERED',
] as const;
export type EntryStatus = (typeof ORDER_PATH)[number];

/** What may lead to a status. A notice that finds another status is late: it is behind what the entry already knows (J13). */
export const MAY_FOLLOW: Readonly<Record<EntryStatus, readonly EntryStatus[]>> = {
  INVOICED: [],
  PAYMENT_PROCESSED: ['INVOICED'],
  PAYMENT_FAILED: ['INVOICED'],
  READY_FOR_SHIPMENT: ['INVOICED', 'PAYMENT_PROCESSED'],
  IN_TRANSIT: ['INVOICED', 'PAYMENT_PROCESSED', 'READY_FOR_SHIPMENT'],
  DELIVERED: ['INVOICED', 'PAYMENT_PROCESSED', 'READY_FOR_SHIPMENT', 'IN_TRANSIT'],
};

/** The statuses in which an entry is on the dashboard. */
export const OPEN: readonly EntryStatus[] = [
  'INVOICED',
  'PAYMENT_PROCESSED',
  'READY_FOR_SHIPMENT',
  'IN_TRANSIT',
];

/** What a step of the shipment makes of the order's entries. */
export const AFTER_SHIPMENT: Readonly<Record<ShipmentStatus, EntryStatus>> = {
  approved: 'READY_FOR_SHIPMENT',
  delivery_in_progress: 'IN_TRANSIT',
  concluded: 'DELIVERED',
};
