import { Body, Controller, Post } from '@nestjs/common';
import { z } from 'zod';
import { Refusal } from '#platform/seam';
import { type Unit, UnitOfWork } from '#platform/work';
import { ListsAppended, TransferMade } from './facts.events.js';
import { faultPoint, passFaultPoint } from './fault-points.js';
import { once } from './once.js';
import { tellOp } from './telling.js';

const Transfer = z.object({
  opId: z.uuid(),
  from: z.number().int(),
  to: z.number().int(),
  amount: z.number().int().positive(),
  mood: z.string(),
  note: z.string().optional(),
  /** How long its commit is to take, in milliseconds. */
  dawdle: z.number().int().optional(),
});
const Transaction = z.object({
  opId: z.uuid(),
  append: z.array(z.object({ list: z.string(), item: z.string() })),
  read: z.array(z.string()),
  mood: z.string(),
});

@Controller('bank')
export class BankEdge {
  constructor(private readonly work: UnitOfWork) {}

  @Post('transfers')
  async transfer(@Body() body: unknown): Promise<{ done: true }> {
    const wish = Transfer.parse(body);
    const answer = await this.work.run(async (unit) => {
      const answer = await once(unit, 'bank.requests', wish.opId, () => transfer(unit, wish));
      await faultPoint('request about to commit');
      unit.afterCommit(() => passFaultPoint('request committed'));
      return answer;
    });
    await faultPoint('request about to be answered');
    return answer;
  }

  @Post('transactions')
  transact(@Body() body: unknown): Promise<{ seen: Record<string, string[]> }> {
    const wish = Transaction.parse(body);
    return this.work.run((unit) => once(unit, 'bank.requests', wish.opId, () => transact(unit, wish)));
  }
}

async function transfer(unit: Unit, wish: z.output<typeof Transfer>): Promise<{ done: true }> {
  const { from, to, amount } = wish;
  // The balances are taken under the rows' locks, in one order, so that no update of them is lost.
  const rows = await unit.query<{ id: number; balance: number }>(
    'select id, balance from bank.accounts where id in ($1, $2) order by id for update',
    [from, to],
  );
  const before = new Map(rows.map((row) => [row.id, row.balance]));
  const balance = before.get(from) ?? 0;
  if (balance < amount) throw new Refusal('bank.poor', 'conflict', `Account ${from} has not that much.`);
  const [row] = await unit.query<{ version: string }>(
    'update bank.accounts set balance = $2, version = version + 1 where id = $1 returning version',
    [from, balance - amount],
  );
  await unit.query('update bank.accounts set balance = $2 where id = $1', [
    to,
    (before.get(to) ?? 0) + amount,
  ]);
  if (wish.dawdle) await unit.query('insert into bank.slow_commits values ($1)', [wish.dawdle]);
  const { opId, mood, note } = wish;
  const fact = { opId, agg: `account:${from}`, version: Number(row?.version), amount, mood, note };
  await tellOp(unit, 'TransferMade', fact);
  unit.publish(TransferMade, fact);
  return { done: true };
}

async function transact(
  unit: Unit,
  { opId, append, read, mood }: z.output<typeof Transaction>,
): Promise<{ seen: Record<string, string[]> }> {
  const names = [...new Set([...append.map(({ list }) => list), ...read])].sort();
  const rows = await unit.query<{ name: string; items: string[] }>(
    'select name, items from bank.lists where name = any($1) order by name for update',
    [names],
  );
  let version = 0;
  for (const { list, item } of append) {
    const [row] = await unit.query<{ version: string }>(
      'update bank.lists set items = array_append(items, $2), version = version + 1 where name = $1 returning version',
      [list, item],
    );
    version = Number(row?.version);
  }
  const last = append.at(-1);
  if (last) {
    const fact = { opId, agg: last.list, version, amount: append.length, mood };
    await tellOp(unit, 'ListsAppended', fact);
    unit.publish(ListsAppended, fact);
  }
  return {
    seen: Object.fromEntries(
      rows.filter(({ name }) => read.includes(name)).map((row) => [row.name, row.items]),
    ),
  };
}
