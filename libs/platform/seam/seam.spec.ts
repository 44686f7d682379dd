import 'reflect-metadata';
import { Inject, Injectable, Module, NotFoundException, type OnModuleInit } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type CallContext, callContext, freshContext, inContext } from '../telemetry/call-context.js';
import { currentUnit, insideUnit } from '../work/ambient.js';
import type { Unit } from '../work/unit.js';
import { Bug } from './bug.js';
import { OUTSIDE, SeamCounts } from './counts.js';
import { Fault } from './fault.js';
import { refusal } from './refusal.js';
import { seamFor } from './seam.js';

const soldOut = refusal<{ sku: string }>(
  'stock.sold-out',
  'conflict',
  ({ sku }) => `${sku} is sold out. Order less.`,
);
const refused = soldOut({ sku: 'apple' });

type Hooked = () => unknown;

abstract class StockApi {
  abstract take(sku: string): Promise<string>;
  abstract run(work: Hooked): Promise<unknown>;
  abstract count(): number;
  abstract readonly limit: number;
}

@Injectable()
class StockData implements StockApi, OnModuleInit {
  #taken = 0;
  limit = 7;
  inits = 0;
  onModuleInit() {
    this.inits++;
  }
  get taken() {
    return this.#taken;
  }
  async take(sku: string) {
    this.#taken++;
    if (sku === 'apple') throw refused;
    return `one ${sku}`;
  }
  async run(work: Hooked) {
    return work();
  }
  count() {
    return this.#taken;
  }
}

@Injectable()
class StockClerk {
  constructor(readonly stock: StockApi) {}
}

@Module({
  providers: [StockData, StockClerk, { provide: StockApi, useExisting: StockData }],
  exports: [StockApi],
})
class StockModule {}

@Injectable()
class OrderData {
  constructor(@Inject(StockApi) readonly stock: StockApi) {}
}
@Module({ imports: [StockModule], providers: [OrderData] })
class OrderModule {}

@Module({ imports: [OrderModule, StockModule] })
class App {}

async function start(callTimeoutMs = 5_000) {
  const late: [string, unknown][] = [];
  const counts = new SeamCounts();
  const modules = [
    { name: 'stock', type: StockModule },
    { name: 'order', type: OrderModule },
  ];
  const seam = seamFor({
    modules,
    asIfRemote: false,
    callTimeoutMs,
    counts,
    late: (operation, error) => late.push([operation, error]),
  });
  const app = await NestFactory.createApplicationContext(App, {
    logger: false,
    instrument: { instanceDecorator: seam.instanceDecorator },
  });
  const stock = app.get(OrderData).stock;
  return { app, seam, counts, stock, late, clerk: app.get(StockClerk) };
}

const inModule = <T>(module: string, work: () => T, parts: Partial<CallContext> = {}) =>
  inContext(freshContext({ module, operation: `${module}.work`, ...parts }), work);
const never = () => new Promise<unknown>(() => undefined);

describe('what others get of an exported provider', () => {
  it('is the provider in every respect: instanceof, prototype, constructor, private fields, properties', async () => {
    const { app, stock } = await start();
    expect(stock).toBeInstanceOf(StockData);
    expect(Object.getPrototypeOf(stock)).toBe(StockData.prototype);
    expect(stock.constructor).toBe(StockData);
    expect(app.get(StockData)).toBe(stock);
    await stock.take('pear');
    expect(app.get(StockData).taken).toBe(1);
    expect(stock.limit).toBe(7);
  });

  it('had its lifecycle hook called once, and no call counted for it', async () => {
    const { app, counts } = await start();
    expect(app.get(StockData).inits).toBe(1);
    expect(counts.rows()).toEqual([]);
  });

  it('gives the same function every time, under its own name', async () => {
    const { stock } = await start();
    expect(stock.take).toBe(stock.take);
    expect(stock.take.name).toBe('take');
    expect(stock.take).toHaveLength(1);
  });
});

describe("a module's own calls", () => {
  it('reach the method untouched: same context, nothing counted, synchronous answers allowed', async () => {
    const { clerk, counts } = await start();
    const context = freshContext({ module: 'stock' });
    await inContext(context, () => clerk.stock.run(() => expect(callContext()).toBe(context)));
    expect(inContext(context, () => clerk.stock.count())).toBe(0);
    expect(counts.rows()).toEqual([]);
  });

  it('keep the unit of work that is open', async () => {
    const { clerk } = await start();
    const unit = { module: 'stock' } as Unit;
    const seen = inModule('stock', () => insideUnit(unit, () => clerk.stock.run(() => currentUnit())));
    expect(await seen).toBe(unit);
  });
});

describe('a call across modules', () => {
  it('runs in a context of its own: the callee, the operation, the same trace under a new span, the chain', async () => {
    const { stock } = await start();
    const above = freshContext({
      module: 'order',
      operation: 'POST /orders',
      chain: ['earlier'],
      conversation: '9',
    });
    const seen = (await inContext(above, () => stock.run(() => callContext()))) as CallContext;
    expect(seen).toMatchObject({ module: 'stock', operation: 'StockApi.run', conversation: '9' });
    expect(seen.chain).toEqual(['earlier', 'POST /orders']);
    expect(seen.trace.traceId).toBe(above.trace.traceId);
    expect(seen.trace.spanId).not.toBe(above.trace.spanId);
  });

  it('leaves the caller in its own context once it is answered', async () => {
    const { stock } = await start();
    const above = freshContext({ module: 'order' });
    await inContext(above, async () => {
      await stock.take('pear');
      expect(callContext()).toBe(above);
    });
  });

  it('passes a refusal as itself, the very object', async () => {
    const { stock } = await start();
    const got = await inModule('order', () => stock.take('apple')).then(String, (error) => error);
    expect(got).toBe(refused);
    expect(soldOut.is(got)).toBe(true);
  });

  it('passes every other error as itself too', async () => {
    const { stock } = await start();
    const boom = new TypeError('boom');
    const call = inModule('order', () => stock.run(() => Promise.reject(boom)));
    await expect(call).rejects.toBe(boom);
  });

  it('from outside every module begins a trace and counts as such', async () => {
    const { stock, counts } = await start();
    const seen = (await stock.run(() => callContext())) as CallContext;
    expect(seen).toMatchObject({ module: 'stock', chain: [], hops: 0 });
    expect(counts.rows()).toMatchObject([
      { caller: OUTSIDE, callee: 'stock', operation: 'StockApi.run', calls: 1 },
    ]);
  });

  it('is counted per edge by how it ended', async () => {
    const { stock, counts } = await start();
    await inModule('order', async () => {
      await stock.take('pear');
      await stock.take('apple').catch(() => undefined);
      await stock.run(() => Promise.reject(new NotFoundException())).catch(() => undefined);
      await stock.run(() => Promise.reject(new Error())).catch(() => undefined);
      await stock.run(() => Promise.reject(new Bug())).catch(() => undefined);
    });
    const zero = { synchronous: 0, circular: 0, late: 0, caller: 'order', callee: 'stock' };
    expect(counts.rows()).toMatchObject([
      { ...zero, operation: 'StockApi.take', calls: 2, refusals: 1, faults: 0, bugs: 0 },
      { ...zero, operation: 'StockApi.run', calls: 3, refusals: 1, faults: 1, bugs: 1 },
    ]);
    for (const { totalMs, maxMs } of counts.rows()) expect(totalMs).toBeGreaterThanOrEqual(maxMs);
  });

  it('is counted for the module that made it, however the callers take turns', async () => {
    const { stock, counts } = await start();
    for (const caller of ['order', 'cart', 'order']) await inModule(caller, () => stock.take('pear'));
    expect(counts.rows()).toMatchObject([
      { caller: 'order', calls: 2 },
      { caller: 'cart', calls: 1 },
    ]);
  });

  it('that answers without a promise is let through, counted, and told as a coupling with its cure', async () => {
    const { stock, seam } = await start();
    expect(inModule('order', () => stock.count())).toBe(0);
    expect(seam.describe().couplings).toEqual([
      {
        kind: 'synchronous',
        module: 'stock',
        what: 'StockApi.count',
        callers: ['order'],
        times: 1,
        cure: 'Declare the method async, and await it where it is called.',
      },
    ]);
  });

  it('a live property read by another module is told as a coupling', async () => {
    const { stock, seam } = await start();
    expect(inModule('order', () => stock.limit)).toBe(7);
    expect(seam.describe().couplings).toMatchObject([
      { kind: 'property', what: 'StockApi.limit', callers: ['order'], times: 1 },
    ]);
  });
});

describe('the deadline of a call', () => {
  it('gives the caller a fault that names the edge, may have acted, and the cure', async () => {
    const { stock, counts } = await start(30);
    const got = await inModule('order', () => stock.run(never)).then(String, (error) => error);
    expect(got).toBeInstanceOf(Fault);
    expect(got.acted).toBe('maybe');
    expect(got.message).toBe(
      'StockApi.run (order -> stock) did not answer within the 30 ms that a call may take; it may still act. ' +
        'Make it faster, give it more time, or let an event carry the work.',
    );
    expect(counts.rows()).toMatchObject([{ calls: 1, faults: 1 }]);
  });

  it("is its caller's when that is nearer", async () => {
    const { stock } = await start();
    const deadline = performance.now() + 40;
    const seen = await inModule('order', () => stock.run(() => callContext()?.deadline), { deadline });
    expect(seen).toBe(deadline);
    await expect(inModule('order', () => stock.run(never), { deadline })).rejects.toThrow(
      'left of the time of its caller',
    );
  });

  it('stops a call that has no time left before it begins', async () => {
    const { app, stock } = await start();
    const deadline = performance.now() - 5;
    const got = await inModule('order', () => stock.take('pear'), { deadline }).then(
      String,
      (error) => error,
    );
    expect(got).toMatchObject({ name: 'Fault', acted: 'no' });
    expect(got.message).toContain(
      'StockApi.take (order -> stock) was not called: the time for order.work was over',
    );
    expect(app.get(StockData).taken).toBe(0);
  });

  it('drops a failure that comes too late, counts it, and tells of it', async () => {
    const { stock, counts, late } = await start(20);
    let fail = (_: unknown) => {};
    const slow = new Promise((_, reject) => {
      fail = reject;
    });
    await expect(inModule('order', () => stock.run(() => slow))).rejects.toBeInstanceOf(Fault);
    const failure = new Error('too late');
    fail(failure);
    await slow.catch(() => undefined);
    await new Promise(setImmediate);
    expect(late).toEqual([['StockApi.run', failure]]);
    expect(counts.rows()).toMatchObject([{ faults: 1, late: 1 }]);
  });
});

describe('an answer after the deadline', () => {
  it('is counted as late, and its call as under way until then', async () => {
    const { stock, counts } = await start(20);
    let answer = (_: unknown) => {};
    const slow = new Promise((resolve) => {
      answer = resolve;
    });
    await expect(inModule('order', () => stock.run(() => slow))).rejects.toBeInstanceOf(Fault);
    const [before] = counts.rows();
    expect(before).toMatchObject({ faults: 1, underWay: 1 });
    answer('too late');
    await slow;
    await new Promise(setImmediate);
    expect(counts.rows()).toEqual([{ ...before, late: 1, underWay: 0 }]);
  });
});

describe('what the seam refuses', () => {
  it('is a call out of an open unit of work, before the method runs', async () => {
    const { app, stock, counts } = await start();
    const unit = { module: 'order' } as Unit;
    const got = await inModule('order', () => insideUnit(unit, () => stock.take('pear'))).catch(
      (error) => error,
    );
    expect(got).toBeInstanceOf(Bug);
    expect(got.message).toBe(
      "StockApi.take of stock was called inside an open unit of work of order, which can't reach another module. " +
        'Call it before the unit opens, or publish an event in the unit.',
    );
    expect(app.get(StockData).taken).toBe(0);
    expect(counts.rows()).toMatchObject([{ calls: 1, bugs: 1 }]);
  });

  it('is a circular call tree, which it names, at the third return; earlier returns are told as a coupling', async () => {
    const { stock, seam } = await start();
    let turns = 0;
    const turn = (): Promise<unknown> => {
      turns++;
      const above = callContext() as CallContext;
      return inContext({ ...above, module: 'order' }, () => stock.run(turn));
    };
    const got = await inModule('order', () => stock.run(turn)).then(String, (error) => error);
    expect(got).toBeInstanceOf(Bug);
    expect(got.message).toContain(
      'order.work -> StockApi.run -> StockApi.run -> StockApi.run -> StockApi.run. Let one module ask',
    );
    expect(turns).toBe(3);
    expect(seam.describe().couplings).toMatchObject([
      { kind: 'circular', what: 'StockApi.run', callers: ['order'] },
    ]);
  });

  it('is a call tree without a bottom', async () => {
    const { stock } = await start();
    const chain = Array.from({ length: 16 }, (_, at) => `step ${at}`);
    await expect(inModule('order', () => stock.take('pear'), { chain })).rejects.toThrow('bottomless');
  });

  it('is a time limit that is none', () => {
    expect(() => seamFor({ modules: [], asIfRemote: false, callTimeoutMs: Number.NaN })).toThrow(
      'callTimeoutMs is NaN',
    );
  });
});
