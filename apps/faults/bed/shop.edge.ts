import { Body, Controller, Post } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { Refusal } from '#platform/seam';
import { type Unit, UnitOfWork } from '#platform/work';
import { OrderPlaced } from './facts.events.js';
import { once } from './once.js';
import { tellOp } from './telling.js';

const Order = z.object({
  opId: z.uuid(),
  product: z.number().int(),
  quantity: z.number().int().positive(),
  mood: z.string(),
});

@Controller('shop')
export class ShopEdge {
  constructor(
    private readonly work: UnitOfWork,
    private readonly source: DataSource,
  ) {}

  @Post('orders')
  order(@Body() body: unknown): Promise<{ done: true }> {
    const wish = Order.parse(body);
    return this.work.run((unit) =>
      once(unit, 'shop.requests', wish.opId, async () => {
        // As ordinary code does that knows nothing of units: it must get the unit's connection, not wait for another.
        await this.source.query('select 1 from shop.stock where product = $1', [wish.product]);
        return order(unit, wish);
      }),
    );
  }

  /** What the bank owns is not the shop's to change: asked for by the row that tries whether Postgres keeps them apart. */
  @Post('trespasses')
  async trespass(@Body() body: unknown): Promise<{ code: string }> {
    const { sql } = z.object({ sql: z.string() }).parse(body);
    return this.work
      .run((unit) => unit.query(sql))
      .then(
        () => ({ code: 'done' }),
        (error: { code?: string }) => ({ code: error.code ?? String(error) }),
      );
  }
}

async function order(
  unit: Unit,
  { opId, product, quantity, mood }: z.output<typeof Order>,
): Promise<{ done: true }> {
  const [row] = await unit.query<{ version: string }>(
    `update shop.stock set on_hand = on_hand - $2, reserved = reserved + $2, version = version + 1
     where product = $1 and on_hand >= $2 returning version`,
    [product, quantity],
  );
  if (!row) throw new Refusal('shop.sold-out', 'conflict', `There is not that much of product ${product}.`);
  await unit.query('insert into shop.orders values ($1, $2, $3, $4)', [opId, product, quantity, 'placed']);
  const fact = { opId, agg: `product:${product}`, version: Number(row.version), amount: quantity, mood };
  await tellOp(unit, 'OrderPlaced', fact);
  unit.publish(OrderPlaced, fact);
  return { done: true };
}
