import { Injectable } from '@nestjs/common';
import type { StockConfirmed } from '#marketplace/stock';
import { Bug, Fault } from '#platform/seam';
import { type Unit, UnitOfWork } from '#platform/work';
import {
  InvoiceIssued,
  noSuchOrder,
  type Order,
  type OrderApi,
  type OrderInFull,
  type OrderStatus,
} from './contract/index.js';
import { AuditLogEntity } from './entities/audit-log.entity.js';
import { CustomerOrdersEntity } from './entities/customer-orders.entity.js';
import { OrderEntity } from './entities/order.entity.js';
import { OrderHistoryEntity } from './entities/order-history.entity.js';
import { OrderItemEntity } from './entities/order-item.entity.js';
import { abandon } from './order.marks.js';
import { invoiceNumber, price, tooDear } from './order.pricing.rules.js';
import * as sql from './order.sql.js';
import { judge, type News, type Step, steps, terminal } from './order.status.rules.js';

/** Keeps the orders: all that reads or writes their tables. */
@Injectable()
export class OrderData implements OrderApi {
  constructor(private readonly work: UnitOfWork) {}

  async find(customerId: number, orderId: number): Promise<OrderInFull> {
    const [found] = await this.work.ask<{ order: OrderInFull }>(sql.findOrder, [customerId, orderId]);
    if (!found) throw noSuchOrder({ customerId, orderId });
    return found.order;
  }

  async list(customerId: number): Promise<Order[]> {
    const found = await this.work.ask<{ order: Order }>(sql.listOrders, [customerId]);
    return found.map(({ order }) => order);
  }

  /**
   * Makes the order of a reservation and sends its invoice. Once per checkout: asked again, it does nothing.
   * What costs more than the books can hold is not accepted.
   */
  take(confirmed: StockConfirmed): Promise<void> {
    return this.work.run(async (unit) => {
      if (tooDear(confirmed.items)) return abandon(unit, confirmed, 'NOT_ACCEPTED'); // before it takes a number
      const { customerCheckout: customer, instanceId } = confirmed;
      const [next] = await unit.query<{ order_id: number }>(sql.nextOrderId, [
        customer.CustomerId,
        instanceId,
      ]);
      if (!next) return;
      const now = new Date();
      const orderId = next.order_id;
      const invoice = invoiceNumber(customer.CustomerId, orderId, now);
      const { items, totals } = price(orderId, confirmed.items, now);
      await unit.query(sql.insertOrder, [
        customer.CustomerId,
        orderId,
        invoice,
        instanceId,
        confirmed.timestamp,
        totals.count_items,
        totals.total_items,
        totals.total_incentive,
        totals.total_amount,
        totals.total_freight,
        totals.total_invoice,
        items.map((line) => line.order_item_id),
        items.map((line) => line.seller_id),
        items.map((line) => line.product_id),
        items.map((line) => line.product_name),
        items.map((line) => line.unit_price),
        items.map((line) => line.freight_value),
        items.map((line) => line.quantity),
        items.map((line) => line.total_items),
        items.map((line) => line.total_amount),
        items.map((line) => line.shipping_limit_date),
      ]);
      unit.publish(InvoiceIssued, {
        customer,
        orderId,
        invoiceNumber: invoice,
        issueDate: now.toISOString(),
        totalInvoice: totals.total_invoice,
        items,
        instanceId,
      });
    });
  }

  /**
   * Moves an order on by a piece of news. News that the order has behind it changes nothing.
   *
   * @param at when it happened: stamped on the order where the step has a date
   * @throws Fault when the news is early: it is to be told again
   * @throws Bug when the news contradicts what is known of the order
   */
  follow(customerId: number, orderId: number, news: News, at: string): Promise<void> {
    return this.work.run(async (unit) => {
      const [order] = await unit.query<{ status: OrderStatus }>(sql.lockOrder, [customerId, orderId]);
      const which = `Order ${orderId} of customer ${customerId}`;
      if (!order) throw new Fault(`${which} is not known yet, so "${news}" waits for it.`);
      const verdict = judge(order.status, news);
      if (verdict === 'early')
        throw new Fault(`${which} is ${order.status}, so "${news}" waits for what comes before.`);
      if (verdict === 'never') throw new Bug(`${which} is ${order.status}: "${news}" can't be true of it.`);
      if (verdict === 'go') await this.move(unit, customerId, orderId, steps[news], at);
    });
  }

  private async move(unit: Unit, customerId: number, orderId: number, step: Step, at: string): Promise<void> {
    const ends = terminal.includes(step.to);
    await unit.query(sql.moveOrder, [customerId, orderId, step.to, step.stamps ?? null, at, ends]);
  }

  /** Forgets all orders and numbers. A benchmark's reset means the same here. */
  cleanup(): Promise<void> {
    return this.work.run(async ({ manager }) => {
      for (const table of [
        OrderHistoryEntity,
        OrderItemEntity,
        AuditLogEntity,
        OrderEntity,
        CustomerOrdersEntity,
      ]) {
        await manager.createQueryBuilder().delete().from(table).execute();
      }
    });
  }

  reset(): Promise<void> {
    return this.cleanup();
  }
}
