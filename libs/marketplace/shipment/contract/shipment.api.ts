import type { ShipmentStatus } from './shipment.events.js';

/** Where a package is; of the carrier's eleven words the marketplace itself only says `shipped` and `delivered`. */
export type PackageStatus =
  | 'created'
  | 'ready_to_ship'
  | 'canceled'
  | 'shipped'
  | 'lost'
  | 'stolen'
  | 'seized_for_inspection'
  | 'returning_to_sender'
  | 'returned_to_sender'
  | 'awaiting_pickup_by_receiver'
  | 'delivered';

/** One package: one line of the order. Dates are ISO 8601 strings, money is a JSON number. */
export interface Package {
  customer_id: number;
  order_id: number;
  package_id: number;
  seller_id: number;
  product_id: number;
  product_name: string;
  freight_value: number;
  quantity: number;
  shipping_date: string;
  delivery_date: string | null;
  status: PackageStatus;
}

/** The shipment of one order, with its packages in order of their numbers. */
export interface Shipment {
  customer_id: number;
  order_id: number;
  package_count: number;
  total_freight_value: number;
  request_date: string;
  status: ShipmentStatus;
  first_name: string;
  last_name: string;
  street: string;
  complement: string;
  zip_code: string;
  city: string;
  state: string;
  packages: Package[];
  /** What the carrier knows of it: `requested` until the carrier has answered. */
  booking: { status: 'requested' | 'booked' | 'refused'; carrier_id: string | null };
}

/** What others may ask of shipment. */
export abstract class ShipmentApi {
  /**
   * The shipment of one order.
   *
   * @throws Refusal `shipment.unknown` (not-found): there is none (yet: it begins when the payment is confirmed)
   */
  abstract find(customerId: number, orderId: number): Promise<Shipment>;

  /** Between runs of a benchmark: forgets every shipment, package and booking. */
  abstract reset(): Promise<void>;

  /** After an experiment: forgets everything. */
  abstract cleanup(): Promise<void>;
}
