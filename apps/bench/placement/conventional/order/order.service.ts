import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Order, OrderHistory, OrderItem } from './order.entities.js';

/** What the wire makes of it: dates become strings by themselves. */
export type FoundOrder = Awaited<ReturnType<OrderService['find']>>;

@Injectable()
export class OrderService {
  constructor(private readonly source: DataSource) {}

  /** The order with its items and history, as of one moment; null when there is none. */
  find(customerId: number, orderId: number) {
    const which = { customer_id: customerId, order_id: orderId };
    return this.source.transaction('REPEATABLE READ', async (manager) => {
      const order = await manager.findOneBy(Order, which);
      if (!order) return null;
      const items = await manager.find(OrderItem, { where: which, order: { order_item_id: 'ASC' } });
      const history = await manager.find(OrderHistory, { where: which, order: { id: 'ASC' } });
      return {
        ...order,
        total_items: Number(order.total_items),
        total_incentive: Number(order.total_incentive),
        total_amount: Number(order.total_amount),
        total_freight: Number(order.total_freight),
        total_invoice: Number(order.total_invoice),
        items: items.map(({ customer_id: _, ...item }) => ({
          ...item,
          unit_price: Number(item.unit_price),
          freight_value: Number(item.freight_value),
          total_items: Number(item.total_items),
          total_amount: Number(item.total_amount),
          total_incentive: Math.round((Number(item.total_items) - Number(item.total_amount)) * 100) / 100,
        })),
        history: history.map(({ status, created_at }) => ({ status, created_at })),
      };
    });
  }
}
