import { Injectable } from '@nestjs/common';
import { TransactionMark } from '#marketplace/benchmark';
import type { PaymentConfirmed } from '#marketplace/payment';
import { type Unit, UnitOfWork } from '#platform/work';
import type { Shipment, ShipmentApi } from './contract/shipment.api.js';
import {
  CarrierBookingRequested,
  DeliveryNotification,
  ShipmentNotification,
  type ShipmentStatus,
} from './contract/shipment.events.js';
import { noSuchShipment } from './contract/shipment.refusals.js';
import type { CarrierAnswer, Consignment } from './shipment.gateway.js';
import { parcelsOf, stepsOf } from './shipment.rules.js';
import { CALL_CARRIER, CARRIER_ANSWERED, DELIVER, FIND, MOVE, SHIP, TAKE_TURN } from './shipment.sql.js';

interface DeliveredRow {
  customer_id: number;
  order_id: number;
  package_id: number;
  seller_id: number;
  product_id: number;
  product_name: string;
  delivery_date: Date;
  package_count: number;
  delivered_before: number;
}

/** What one UPDATE_DELIVERY brought to whom. */
export interface Delivered {
  customerId: number;
  orderId: number;
  packageId: number;
  sellerId: number;
  productId: number;
}

/** Shipments, packages and bookings. */
@Injectable()
export class ShipmentData implements ShipmentApi {
  private turn: Promise<unknown> = Promise.resolve();

  constructor(private readonly work: UnitOfWork) {}

  find(customerId: number, orderId: number): Promise<Shipment> {
    return this.work.read(async (unit) => {
      const [row] = await unit.query<{ shipment: Shipment }>(FIND, [customerId, orderId]);
      if (!row) throw noSuchShipment({ customerId, orderId });
      return row.shipment;
    });
  }

  /** Sends a paid order on its way: that ends its checkout. The carrier is only asked once this has committed. */
  async ship(paid: PaymentConfirmed, unit: Unit): Promise<void> {
    const { customer, orderId, instanceId } = paid;
    const customerId = customer.CustomerId;
    const { parcels, freight } = parcelsOf(paid.items);
    const bookingKey = `${customerId}-${orderId}`;
    await unit.query(SHIP, [
      customerId,
      orderId,
      freight,
      customer.FirstName,
      customer.LastName,
      customer.Street,
      customer.Complement,
      customer.ZipCode,
      customer.City,
      customer.State,
      JSON.stringify(parcels),
      bookingKey,
      instanceId,
    ]);
    const eventDate = new Date().toISOString();
    unit.publish(ShipmentNotification, {
      customerId,
      orderId,
      eventDate,
      instanceId,
      status: 'approved',
    });
    unit.publish(TransactionMark, {
      tid: instanceId,
      type: 'CUSTOMER_SESSION',
      actorId: customerId,
      status: 'SUCCESS',
      source: 'shipment',
    });
    unit.publish(CarrierBookingRequested, { bookingKey, customerId, orderId, instanceId });
  }

  /**
   * UPDATE_DELIVERY: delivers, for the ten sellers with the oldest open packages, all that is open in each one's oldest
   * order. Nothing open is a success without deliveries (J12).
   *
   * @param tid the driver's id of this transaction
   */
  updateDelivery(tid: string): Promise<Delivered[]> {
    // Calls of one process queue here, not at the lock in Postgres: there each would hold a connection while it waits.
    const mine = this.turn.then(() => this.work.run((unit) => this.deliver(tid, unit)));
    this.turn = mine.catch(() => undefined); // `mine` itself tells the caller
    return mine;
  }

  private async deliver(tid: string, unit: Unit): Promise<Delivered[]> {
    // Sent together, run one after the other: the second statement sees what the turn before has committed.
    const [, rows] = await Promise.all([unit.query(TAKE_TURN), unit.query<DeliveredRow>(DELIVER)]);
    const moved: { customerId: number; orderId: number; status: ShipmentStatus }[] = [];
    for (const lines of byOrder(rows)) {
      const first = lines[0] as DeliveredRow;
      const { customer_id: customerId, order_id: orderId } = first;
      const eventDate = first.delivery_date.toISOString();
      for (const line of lines) unit.publish(DeliveryNotification, noticeOf(line, tid));
      const steps = stepsOf({
        packages: first.package_count,
        before: first.delivered_before,
        now: lines.length,
      });
      for (const status of steps) {
        unit.publish(ShipmentNotification, { customerId, orderId, eventDate, instanceId: tid, status });
      }
      const status = steps.at(-1);
      if (status) moved.push({ customerId, orderId, status });
    }
    if (moved.length > 0) {
      await unit.query(MOVE, [
        moved.map((shipment) => shipment.customerId),
        moved.map((shipment) => shipment.orderId),
        moved.map((shipment) => shipment.status),
      ]);
    }
    return rows.map((row) => ({
      customerId: row.customer_id,
      orderId: row.order_id,
      packageId: row.package_id,
      sellerId: row.seller_id,
      productId: row.product_id,
    }));
  }

  /** Notes that the carrier is about to be called; answers with what to ask it, or nothing if it has answered before. */
  callCarrier(bookingKey: string): Promise<Consignment | undefined> {
    return this.work.run(async (unit) => {
      const [row] = await unit.query<Omit<Consignment, 'bookingKey'>>(CALL_CARRIER, [bookingKey]);
      return row && { bookingKey, ...row };
    });
  }

  /** Records what the carrier answered; a second answer to the same booking changes nothing. */
  async carrierAnswered(bookingKey: string, answer: CarrierAnswer, unit: Unit): Promise<void> {
    const booked = answer.status === 'booked';
    await unit.query(CARRIER_ANSWERED, [
      bookingKey,
      answer.status,
      booked ? answer.carrierId : null,
      booked ? null : answer.reason,
    ]);
  }

  reset(): Promise<void> {
    return this.work.run(async (unit) => {
      await unit.query('delete from shipment.shipments'); // packages and bookings go with them
    });
  }

  cleanup(): Promise<void> {
    return this.reset();
  }
}

function noticeOf(row: DeliveredRow, tid: string): DeliveryNotification {
  return {
    customerId: row.customer_id,
    orderId: row.order_id,
    packageId: row.package_id,
    sellerId: row.seller_id,
    productId: row.product_id,
    productName: row.product_name,
    status: 'delivered',
    deliveryDate: row.delivery_date.toISOString(),
    instanceId: tid,
  };
}

/** Rows of one order stand together: the statement sorts them. */
function byOrder(rows: DeliveredRow[]): DeliveredRow[][] {
  const orders = new Map<string, DeliveredRow[]>();
  for (const row of rows) {
    const key = `${row.customer_id}-${row.order_id}`;
    const lines = orders.get(key);
    if (lines) lines.push(row);
    else orders.set(key, [row]);
  }
  return [...orders.values()];
}
