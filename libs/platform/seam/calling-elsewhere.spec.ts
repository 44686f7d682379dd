import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type CallContext, callContext, freshContext, inContext } from '../telemetry/call-context.js';
import { Bug } from './bug.js';
import { SeamCounts } from './counts.js';
import { Fault } from './fault.js';
import type { Placement } from './placement.js';
import { refusal } from './refusal.js';
import type { RemoteAnswer, RemoteCall } from './remote/remote-call.js';
import { type Seam, seamFor } from './seam.js';

const soldOut = refusal<{ at: Date }>('stock.sold-out', 'conflict', () => 'Sold out. Come back later.');

@Injectable()
class StockApi {
  kept: unknown;
  limit = 7;
  async keep(value: unknown) {
    this.kept = value;
    return value;
  }
  async context() {
    return callContext() as CallContext;
  }
  async refuse() {
    throw soldOut({ at: new Date(9) });
  }
  count() {
    return 1;
  }
  never() {
    return new Promise(() => undefined);
  }
}
@Module({ providers: [StockApi], exports: [StockApi] })
class StockModule {}

/** A placement that hands calls over as text: what one process wrote is what the other reads. */
class Wire implements Placement {
  here = false;
  sent: RemoteCall[] = [];
  signals: AbortSignal[] = [];
  answerer: (call: RemoteCall, signal: AbortSignal) => Promise<RemoteAnswer> = () =>
    Promise.reject(new Fault('no way'));
  answersHere() {
    return this.here;
  }
  async call(call: RemoteCall, signal: AbortSignal) {
    this.sent.push(call);
    this.signals.push(signal);
    return JSON.parse(JSON.stringify(await this.answerer(JSON.parse(JSON.stringify(call)), signal)));
  }
}

async function start(placement?: Placement, callTimeoutMs = 5_000) {
  const counts = new SeamCounts();
  const seam = seamFor({
    modules: [{ name: 'stock', type: StockModule }],
    asIfRemote: false,
    callTimeoutMs,
    counts,
    ...(placement && { placement }),
  });
  const instrument = { instanceDecorator: seam.instanceDecorator };
  const app = await NestFactory.createApplicationContext(StockModule, { logger: false, instrument });
  return { seam, counts, stock: app.get(StockApi) };
}

/** Two processes with the same module: the one that calls, and the one that answers. */
async function two(callTimeoutMs?: number) {
  const wire = new Wire();
  const near = await start(wire, callTimeoutMs);
  const far = await start();
  wire.answerer = (call, signal) => far.seam.answer(call, signal);
  return { wire, near, far, stock: near.stock };
}

const inOrder = <T>(work: () => T, parts: Partial<CallContext> = {}) =>
  inContext(freshContext({ module: 'order', operation: 'POST /orders', ...parts }), work);
const caught = (promise: Promise<unknown>) => promise.then(String, (error) => error);

describe('a call to a module that answers elsewhere', () => {
  it('is made there, and its result comes back as a copy', async () => {
    const { near, far, stock } = await two();
    const given = { at: new Date(5), gone: undefined };
    const got = await inOrder(() => stock.keep(given));
    expect(got).toStrictEqual(given);
    expect(far.stock.kept).toStrictEqual(given);
    expect(near.stock.kept).toBeUndefined();
  });

  it('carries trace, caller, chain, conversation, causation, hops and what is left of the time', async () => {
    const { wire, stock } = await two();
    const parts = {
      chain: ['earlier'],
      conversation: '9',
      causation: '11',
      hops: 2,
      deadline: performance.now() + 900,
    };
    const above = freshContext({ module: 'order', operation: 'POST /orders', ...parts });
    const seen = await inContext(above, () => stock.context());
    expect(seen).toMatchObject({
      module: 'stock',
      operation: 'StockApi.context',
      conversation: '9',
      causation: '11',
      hops: 2,
    });
    expect(seen.chain).toEqual(['earlier', 'POST /orders']);
    expect(seen.trace.traceId).toBe(above.trace.traceId);
    expect(seen.trace.spanId).not.toBe(above.trace.spanId);
    expect(seen.deadline).toBeLessThan(performance.now() + 900);
    expect(wire.sent[0]).toMatchObject({
      module: 'stock',
      token: 'StockApi',
      method: 'context',
      context: { caller: 'order' },
    });
  });

  it('is counted on the edge that it has together, and as remote', async () => {
    const { near, far, stock, wire } = await two();
    await inOrder(() => stock.keep(1));
    wire.here = true;
    await inOrder(() => stock.keep(2));
    expect(near.counts.rows()).toMatchObject([
      { caller: 'order', callee: 'stock', operation: 'StockApi.keep', calls: 2, remote: 1 },
    ]);
    expect(far.counts.rows()).toEqual([]);
  });

  it('gets a refusal as itself', async () => {
    const { stock, near } = await two();
    const got = await caught(inOrder(() => stock.refuse()));
    expect(soldOut.is(got)).toBe(true);
    expect(got).toMatchObject({ details: { at: new Date(9) } });
    expect(near.counts.rows()).toMatchObject([{ refusals: 1 }]);
  });

  it('passes on what the way there says about whether the callee acted', async () => {
    const { stock, wire } = await two();
    wire.answerer = () => Promise.reject(new Fault('nobody there', { acted: 'no' }));
    expect(await caught(inOrder(() => stock.keep(1)))).toMatchObject({
      message: 'nobody there',
      acted: 'no',
    });
  });

  it('is given up at its deadline, with the signal aborted, and what comes after is nobody’s', async () => {
    const { stock, wire, near } = await two(20);
    const got = await caught(inOrder(() => stock.never()));
    expect(got).toMatchObject({
      name: 'Fault',
      acted: 'maybe',
      message: expect.stringContaining('did not answer within the 20 ms'),
    });
    expect(wire.signals[0]?.aborted).toBe(true);
    expect(near.counts.rows()).toMatchObject([{ faults: 1, late: 0 }]);
  });

  it('is not made without time, in circles, or with what can not travel', async () => {
    const { stock, wire } = await two();
    expect(await caught(inOrder(() => stock.keep(1), { deadline: performance.now() - 1 }))).toMatchObject({
      acted: 'no',
    });
    const chain = Array.from({ length: 3 }, () => 'StockApi.keep');
    expect(await caught(inOrder(() => stock.keep(1), { chain }))).toBeInstanceOf(Bug);
    expect(await caught(inOrder(() => stock.keep(() => 1)))).toMatchObject({
      name: 'Bug',
      message: expect.stringContaining('StockApi.keep: argument 0 is a function'),
    });
    expect(wire.sent).toEqual([]);
  });

  it('leaves the calls of the module itself where they are', async () => {
    const { stock, wire } = await two();
    const live = () => 1;
    expect(await inContext(freshContext({ module: 'stock' }), () => stock.keep(live))).toBe(live);
    expect(wire.sent).toEqual([]);
  });

  it('of a method that was seen to answer at once is refused by name, instead of handing out a promise', async () => {
    const { stock, wire } = await two();
    wire.here = true;
    expect(inOrder(() => stock.count())).toBe(1);
    wire.here = false;
    expect(() => inOrder(() => stock.count())).toThrow('StockApi.count answered without a promise');
  });
});

describe('a fault that says that nothing was done', () => {
  const failing = (fault: Fault, asIfRemote: boolean) => {
    const unreachable = new Wire();
    unreachable.answerer = () => Promise.reject(fault);
    return asker(unreachable, asIfRemote);
  };
  /** A module that asks stock, which answers elsewhere, or says no by itself. */
  async function asker(placement: Placement, asIfRemote: boolean) {
    const { stock } = await start(placement);
    @Injectable()
    class Asker {
      ask = (own: boolean) => (own ? Promise.reject(new Fault('full', { acted: 'no' })) : stock.keep(1));
    }
    @Module({ providers: [Asker], exports: [Asker] })
    class AskerModule {}
    const seam = seamFor({
      modules: [{ name: 'asker', type: AskerModule }],
      asIfRemote,
      callTimeoutMs: 5_000,
    });
    const instrument = { instanceDecorator: seam.instanceDecorator };
    const app = await NestFactory.createApplicationContext(AskerModule, { logger: false, instrument });
    return { asker: app.get(Asker), seam };
  }
  const context = { traceparent: '', caller: 'order', chain: [], remainingMs: 1_000, hops: 0 };
  const remotely = (seam: Seam, own: boolean) =>
    seam.answer(
      { module: 'asker', token: 'Asker', method: 'ask', args: `[${own}]`, context },
      new AbortController().signal,
    );

  it.each([false, true])(
    'says it of one call only: through a method it may have acted (as if remote: %s)',
    async (asIfRemote) => {
      const { asker, seam } = await failing(new Fault('unreachable', { acted: 'no' }), asIfRemote);
      expect(await caught(inOrder(() => asker.ask(false)))).toMatchObject({
        message: 'unreachable',
        acted: 'maybe',
      });
      expect(await remotely(seam, false)).toMatchObject({
        error: { message: 'unreachable', acted: 'maybe' },
      });
    },
  );

  it.each([false, true])(
    'stands where it is the own word of the method (as if remote: %s)',
    async (asIfRemote) => {
      const { asker, seam } = await failing(new Fault('unreachable'), asIfRemote);
      expect(await caught(inOrder(() => asker.ask(true)))).toMatchObject({ message: 'full', acted: 'no' });
      expect(await remotely(seam, true)).toMatchObject({ error: { message: 'full', acted: 'no' } });
    },
  );
});

describe('what is asked of this process', () => {
  const call = (parts: Partial<RemoteCall>): RemoteCall => ({
    module: 'stock',
    token: 'StockApi',
    method: 'keep',
    args: '[1]',
    context: { traceparent: '', caller: 'order', chain: [], remainingMs: 1_000, hops: 0 },
    ...parts,
  });
  const ask = async (seam: Seam, parts: Partial<RemoteCall>, signal = new AbortController().signal) =>
    (await seam.answer(call(parts), signal)) as unknown;
  const surely = (message: string) => ({
    ok: false,
    error: { no: 'fault', acted: 'no', message: expect.stringContaining(message) },
  });

  it('is refused as surely not done where module, token or method are unknown', async () => {
    const { seam, stock } = await start();
    expect(await ask(seam, { module: 'stocks' })).toEqual(
      surely('StockApi of module "stocks" is not offered'),
    );
    expect(await ask(seam, { token: 'Stock' })).toEqual(surely('Stock of module "stock" is not offered'));
    for (const method of ['keeps', 'constructor', 'toString', 'onModuleInit', '__defineGetter__']) {
      expect(await ask(seam, { method })).toEqual(
        surely(`StockApi.${method} of module "stock" is not known`),
      );
    }
    expect(await ask(seam, { args: '[1' })).toEqual(surely('not JSON'));
    expect(await ask(seam, { args: '1' })).toEqual(surely('no arguments'));
    expect(stock.kept).toBeUndefined();
  });

  it('is not begun once its caller has given up, or without time', async () => {
    const { seam, stock } = await start();
    expect(await ask(seam, {}, AbortSignal.abort())).toEqual(surely('was given up before it began'));
    const context = { ...call({}).context, remainingMs: 0 };
    expect(await ask(seam, { context })).toEqual(surely('no time was left'));
    expect(stock.kept).toBeUndefined();
  });

  it('is a bug of the caller for properties and for methods without a promise', async () => {
    const { seam } = await start();
    expect(await ask(seam, { method: 'limit' })).toMatchObject({
      error: { no: 'bug', message: expect.stringContaining('is a property') },
    });
    expect(await ask(seam, { method: 'count' })).toMatchObject({
      error: { no: 'bug', message: expect.stringContaining('answered without a promise') },
    });
  });

  it('is a bug of the caller for data that a factory made', async () => {
    class RatesModule {}
    Module({ providers: [{ provide: 'RATES', useFactory: () => ({ eur: 2 }) }], exports: ['RATES'] })(
      RatesModule,
    );
    const seam = seamFor({
      modules: [{ name: 'rates', type: RatesModule }],
      asIfRemote: false,
      callTimeoutMs: 5_000,
    });
    const instrument = { instanceDecorator: seam.instanceDecorator };
    await NestFactory.createApplicationContext(RatesModule, { logger: false, instrument });
    expect(await ask(seam, { module: 'rates', token: 'RATES', method: 'eur' })).toMatchObject({
      error: { no: 'bug', message: expect.stringContaining('RATES of rates is data, which can') },
    });
  });

  it('is given up with its caller, down to the calls that it makes itself', async () => {
    const further = new Wire();
    const { stock } = await start(further);
    further.answerer = () => new Promise(() => undefined);
    @Injectable()
    class Asker {
      ask() {
        return stock.never();
      }
    }
    @Module({ providers: [Asker], exports: [Asker] })
    class AskerModule {}
    const modules = [{ name: 'asker', type: AskerModule }];
    const seam = seamFor({ modules, asIfRemote: false, callTimeoutMs: 5_000 });
    const instrument = { instanceDecorator: seam.instanceDecorator };
    await NestFactory.createApplicationContext(AskerModule, { logger: false, instrument });
    const caller = new AbortController();
    void ask(seam, { module: 'asker', token: 'Asker', method: 'ask', args: '[]' }, caller.signal);
    expect(further.signals[0]?.aborted).toBe(false);
    caller.abort();
    expect(further.signals[0]?.aborted).toBe(true);
  });

  it('can be listed', async () => {
    const { seam } = await start();
    expect(seam.operations()).toEqual({
      stock: ['context', 'count', 'keep', 'never', 'refuse'].map((name) => `StockApi.${name}`),
    });
  });
});
