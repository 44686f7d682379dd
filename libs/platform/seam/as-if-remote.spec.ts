import 'reflect-metadata';
import { HttpException, Injectable, Module, NotFoundException, Scope } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { callContext, freshContext, inContext } from '../telemetry/call-context.js';
import { Bug } from './bug.js';
import { SeamCounts } from './counts.js';
import { Fault } from './fault.js';
import { Refusal, refusal } from './refusal.js';
import { seamFor } from './seam.js';

const soldOut = refusal<{ at: Date }>('stock.sold-out', 'conflict', () => 'Sold out. Come back later.');

@Injectable()
class StockApi {
  limit = 7;
  kept: unknown;
  async keep(value: unknown, ...more: unknown[]) {
    this.kept = value;
    return { value, count: 1 + more.length };
  }
  async keptBefore() {
    return this.kept;
  }
  async fail(how: keyof typeof FAILURES) {
    throw FAILURES[how];
  }
  plain(): Promise<string> {
    throw new Error('thrown at once');
  }
  count() {
    return 1;
  }
  async where() {
    return callContext()?.module;
  }
}
class Odd extends Error {}
const FAILURES = {
  refusal: soldOut({ at: new Date(9) }),
  http: new NotFoundException('no such item'),
  fault: new Fault('the pool is empty', { acted: 'no' }),
  bug: new Bug('impossible'),
  odd: new Odd('lost it'),
  text: 'just text',
  live: new Refusal('stock.live', 'conflict', 'no', { on: () => 1 }),
};

@Module({ providers: [StockApi], exports: [StockApi] })
class StockModule {}

async function start() {
  const counts = new SeamCounts();
  const modules = [{ name: 'stock', type: StockModule }];
  const seam = seamFor({ modules, asIfRemote: true, callTimeoutMs: 5_000, counts });
  const instrument = { instanceDecorator: seam.instanceDecorator };
  const app = await NestFactory.createApplicationContext(StockModule, { logger: false, instrument });
  return { stock: app.get(StockApi), counts };
}
const order = <T>(work: () => T) =>
  inContext(freshContext({ module: 'order', operation: 'order.work' }), work);
const own = <T>(work: () => T) => inContext(freshContext({ module: 'stock' }), work);
const errorOf = (how: keyof typeof FAILURES) =>
  start().then(({ stock }) => order(() => stock.fail(how)).then(String, (error) => error));

describe('as if remote, a call across modules', () => {
  it('gets copies: what it passed and what it got are shared with nobody', async () => {
    const { stock } = await start();
    const given = { at: new Date(5), tags: new Set(['a']), gone: undefined };
    const { value, count } = await order(() => stock.keep(given, undefined, 3n));
    expect(count).toBe(3);
    expect(value).toStrictEqual(given);
    expect(value).not.toBe(given);
    expect(stock.kept).toStrictEqual(given);
    expect(stock.kept).not.toBe(given);
    expect(stock.kept).not.toBe(value);
  });

  it('runs in the context of the callee, as together', async () => {
    const { stock } = await start();
    expect(await order(() => stock.where())).toBe('stock');
  });

  it('names the argument that can not travel, before the method runs', async () => {
    const { stock, counts } = await start();
    const got = await order(() => stock.keep(1, { on: [() => 1] })).catch((error) => error);
    expect(got).toBeInstanceOf(Bug);
    expect(got.message).toBe(
      "StockApi.keep: argument 1 .on[0] is a function, so it can't travel. " +
        'Pass plain data, and let the other side decide by it.',
    );
    expect(stock.kept).toBeUndefined();
    expect(counts.rows()).toMatchObject([{ calls: 1, bugs: 1 }]);
  });

  it('names the result that can not travel', async () => {
    const { stock } = await start();
    await own(() => stock.keep(new Odd()));
    await expect(order(() => stock.keptBefore())).rejects.toThrow(
      'StockApi.keptBefore: the result is an instance of Odd, so',
    );
  });

  it('refuses a method that answers without a promise, by name and with the cure', async () => {
    const { stock } = await start();
    expect(() => order(() => stock.count())).toThrow(
      "StockApi.count answered without a promise, so its users can't live in another process. " +
        'Declare it async, and await it where it is called.',
    );
  });

  it('refuses a live property', async () => {
    const { stock } = await start();
    expect(() => order(() => stock.limit)).toThrow('The property StockApi.limit of stock was read by order');
    expect(() => order(() => Object.assign(stock, { limit: 8 }))).toThrow('was written by order');
  });
});

describe('as if remote, an error', () => {
  it('that is a refusal arrives as an equal one, not the same object', async () => {
    const got = await errorOf('refusal');
    expect(got).toBeInstanceOf(Refusal);
    expect(got).not.toBe(FAILURES.refusal);
    expect({ ...got }).toEqual({ ...FAILURES.refusal });
    expect(got.message).toBe('Sold out. Come back later.');
    expect(soldOut.is(got)).toBe(true);
  });

  it('that is an HttpException of stock code keeps its status and response', async () => {
    const got = await errorOf('http');
    expect(got).toBeInstanceOf(HttpException);
    expect(got.getStatus()).toBe(404);
    expect(got.getResponse()).toEqual(FAILURES.http.getResponse());
  });

  it('that is a fault keeps whether the callee may have acted', async () => {
    expect(await errorOf('fault')).toMatchObject({
      name: 'Fault',
      message: 'the pool is empty',
      acted: 'no',
    });
  });

  it('that is a bug stays one', async () => {
    expect(await errorOf('bug')).toMatchObject({ name: 'Bug', message: 'impossible' });
  });

  it('of any other class arrives as a fault that names it, without its stack', async () => {
    const got = await errorOf('odd');
    expect(got).toMatchObject({
      name: 'Fault',
      message: 'StockApi.fail failed with Odd: lost it',
      acted: 'maybe',
    });
    expect(got).not.toHaveProperty('cause');
    expect(await errorOf('text')).toMatchObject({ message: 'StockApi.fail failed with thrown: just text' });
  });

  it('that can not travel says so', async () => {
    expect(await errorOf('live')).toMatchObject({
      name: 'Bug',
      message: expect.stringContaining('StockApi.fail: the details of refusal stock.live .on is a function'),
    });
  });

  it('thrown before any promise arrives as a rejection', async () => {
    const { stock } = await start();
    await expect(order(() => stock.plain())).rejects.toThrow(
      'StockApi.plain failed with Error: thrown at once',
    );
  });
});

describe('as if remote', () => {
  it("a module's own calls stay untouched: references, live results, synchronous answers", async () => {
    const { stock } = await start();
    const live = { on: () => 1 };
    expect((await own(() => stock.keep(live))).value).toBe(live);
    expect(own(() => stock.count())).toBe(1);
    expect(own(() => stock.limit)).toBe(7);
  });

  it('exports that can never travel are refused at start, all at once', () => {
    @Injectable({ scope: Scope.REQUEST })
    class PerRequest {
      async ask() {}
    }
    @Injectable({ scope: Scope.TRANSIENT })
    class PerConsumer {
      async ask() {}
    }
    @Module({ providers: [PerRequest, PerConsumer], exports: [PerRequest, PerConsumer] })
    class Scoped {}
    const make = () =>
      seamFor({ modules: [{ name: 'scoped', type: Scoped }], asIfRemote: true, callTimeoutMs: 1 });
    expect(make).toThrow(
      /PerRequest of scoped: .*pass what it reads as arguments\.\nPerConsumer of scoped: /,
    );
  });
});
