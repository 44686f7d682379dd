import 'reflect-metadata';
import {
  type DynamicModule,
  Inject,
  Injectable,
  Module,
  type OnModuleInit,
  SetMetadata,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { freshContext, inContext } from '../telemetry/call-context.js';
import { Bug } from './bug.js';
import { SeamCounts } from './counts.js';
import type { SeamModule } from './module-map.js';
import type { Placement } from './placement.js';
import type { RemoteCall } from './remote/remote-call.js';
import { type SeamOptions, seamFor } from './seam.js';
import { toWire } from './wire.js';

@Injectable()
class StockData implements OnModuleInit {
  static built = 0;
  readonly limit = 7;
  constructor() {
    StockData.built++;
  }
  onModuleInit() {
    throw new Error('a stand-in has no hooks');
  }
  @SetMetadata('marked', true)
  async take(sku: string, _count: number) {
    return sku;
  }
  get open() {
    return true;
  }
}
abstract class StockApi {
  abstract take(sku: string, count: number): Promise<string>;
}
@Injectable()
class StockLimits {
  readonly most = 9;
}
@Module({
  providers: [
    StockData,
    StockLimits,
    { provide: StockApi, useExisting: StockData },
    { provide: 'MADE', useFactory: () => ({ take: async () => 'made' }) },
  ],
  exports: [StockData, StockApi, StockLimits, 'MADE'],
})
class StockModule {}

@Injectable()
class OrderData {
  constructor(
    readonly stock: StockData,
    readonly api: StockApi,
    readonly limits: StockLimits,
    @Inject('MADE') readonly made: Record<string, (...args: unknown[]) => Promise<unknown>>,
  ) {}
}
@Module({ imports: [StockModule], providers: [OrderData] })
class OrderModule {}

const stock: SeamModule = { name: 'stock', type: StockModule };
const order: SeamModule = { name: 'order', type: OrderModule };

/** Answers every call with its own name. */
class Echo implements Placement {
  sent: RemoteCall[] = [];
  answersHere = (module: string) => module === 'order';
  async call(call: RemoteCall) {
    this.sent.push(call);
    return { ok: true, value: toWire(`${call.token}.${call.method}`, 'it') } as const;
  }
}

const seamOf = (options: Partial<SeamOptions>) =>
  seamFor({
    modules: [order],
    asIfRemote: false,
    callTimeoutMs: 1_000,
    counts: new SeamCounts(),
    ...options,
  });

async function start(imports: NonNullable<DynamicModule['imports']> = [StockModule, OrderModule]) {
  const placement = new Echo();
  const seam = seamOf({ elsewhere: [stock], placement });
  class App {}
  Module({ imports })(App);
  const options = {
    logger: false,
    abortOnError: false,
    instrument: { instanceDecorator: seam.instanceDecorator },
  } as const;
  const app = await seam.creating(() => NestFactory.createApplicationContext(App, options));
  await app.close();
  return { ...app.get(OrderData, { strict: false }), placement, seam, app };
}
const inOrder = <T>(work: () => T) => inContext(freshContext({ module: 'order' }), work);

describe('a stand-in', () => {
  it('is of the class, without the provider having been built', async () => {
    StockData.built = 0;
    const { stock, api } = await start();
    expect(stock).toBeInstanceOf(StockData);
    expect(stock.constructor.name).toBe('StockData');
    expect(stock).toBe(api);
    expect(StockData.built).toBe(0);
  });

  it('has the methods as calls: the same function each time, under its own name', async () => {
    const { stock, placement } = await start();
    expect(stock.take).toBe(stock.take);
    expect([stock.take.name, stock.take.length]).toEqual(['take', 2]);
    expect(await inOrder(() => stock.take('pear', 2))).toBe('StockData.take');
    expect(placement.sent).toMatchObject([
      { module: 'stock', token: 'StockData', method: 'take', args: '["pear",2]' },
    ]);
  });

  it('shows no decorators, so that nobody takes it for a handler', async () => {
    const { stock } = await start();
    expect(Reflect.getMetadata('marked', StockData.prototype.take)).toBe(true);
    expect(Reflect.getMetadata('marked', stock.take)).toBeUndefined();
    expect(Reflect.getMetadataKeys(stock.constructor)).toEqual([]);
  });

  it('refuses properties, read or written, in whatever context, instead of being undefined', async () => {
    const { stock, limits } = await start();
    expect(() => limits.most).toThrow('StockLimits.most of stock');
    expect(() => stock.limit).toThrow(
      'StockData.limit of stock, which answers in another process, was read as a property',
    );
    expect(() => stock.open).toThrow(Bug);
    expect(() => Object.assign(stock, { limit: 8 })).toThrow('was written as a property');
  });

  it('is no promise, prints, and lets a test replace a method', async () => {
    const { stock, made } = await start();
    expect(await stock).toBe(stock);
    expect(await made).toBe(made);
    expect(String(stock)).toBe('[object Object]');
    stock.take = async () => 'replaced';
    expect(await stock.take('pear', 1)).toBe('replaced');
  });

  it('of a factory takes every name for a method', async () => {
    const { made, placement } = await start();
    expect(await made['anything']?.(1)).toBe('MADE.anything');
    expect(placement.sent).toMatchObject([{ token: 'MADE', method: 'anything' }]);
  });

  it('of a factory that makes data does not let its users get far with it', async () => {
    const { made } = await start();
    expect(() => Number(made['rate']) * 2).toThrow(
      'MADE.rate of stock, which answers in another process, was read',
    );
    expect(() => `${made['url']}`).toThrow(Bug);
  });
});

describe('the creation of an application with stand-ins', () => {
  it('shows Nest other lists while it runs, and leaves the classes as they were', async () => {
    const seam = seamOf({ elsewhere: [stock], placement: new Echo() });
    const lists = () =>
      ['imports', 'providers', 'controllers', 'exports'].map(
        (key) => Reflect.getMetadata(key, StockModule) ?? [],
      );
    const before = lists();
    const during = await seam.creating(async () => lists());
    expect(during).not.toEqual(before);
    expect(lists()).toEqual(before);
  });

  it('leaves them so when it fails, and gives the turn to the next', async () => {
    const seam = seamOf({ elsewhere: [stock], placement: new Echo() });
    await expect(seam.creating(() => Promise.reject(new Error('no'))).catch(String)).resolves.toBe(
      'Error: no',
    );
    expect((await start()).stock).toBeInstanceOf(StockData);
    expect(Reflect.getMetadata('providers', StockModule)).toContain(StockData);
  });

  it('takes turns with others, which see the classes as they are', async () => {
    const plain = seamOf({ modules: [stock] });
    const [apart, providers] = await Promise.all([
      start(),
      plain.creating(async () => Reflect.getMetadata('providers', StockModule) as unknown[]),
    ]);
    expect(apart.stock).toBeInstanceOf(StockData);
    expect(providers).toContain(StockData);
  });

  it('can not be begun within another, which would wait for itself', async () => {
    const seam = seamOf({});
    const within = seam.creating(() => seam.creating(async () => 'never'));
    await expect(within).rejects.toThrow('An application is created while another is');
  });

  it('needs a placement', () => {
    expect(() => seamOf({ elsewhere: [stock] })).toThrow(
      'stock live elsewhere, and no placement says where: give one.',
    );
  });

  it('also meets dynamic modules of the class that somebody else made', async () => {
    class RateService {
      async rate() {
        return 1;
      }
    }
    class RateModule {
      static forFeature(name: string): DynamicModule {
        return { module: RateModule, providers: [{ provide: name, useClass: RateService }], exports: [name] };
      }
    }
    Module({})(RateModule);
    @Injectable()
    class Shop {
      constructor(@Inject('EUR') readonly rates: RateService) {}
    }
    @Module({ imports: [RateModule.forFeature('EUR')], providers: [Shop] })
    class ShopModule {}
    const placement = new Echo();
    const seam = seamOf({
      modules: [{ name: 'order', type: ShopModule }],
      elsewhere: [{ name: 'rates', type: RateModule }],
      placement,
    });
    const options = { logger: false, abortOnError: false } as const;
    const app = await seam.creating(() => NestFactory.createApplicationContext(ShopModule, options));
    expect(await app.get(Shop).rates.rate()).toBe('EUR.rate');
    await app.close();
  });
});

describe('couplings that another process saw', () => {
  const couple = (kind: 'transaction' | 'synchronous', callers: string[]) => () =>
    seamOf({
      elsewhere: [stock],
      placement: new Echo(),
      couplings: [{ kind, module: 'stock', what: 'StockData.take', callers, times: 1, cure: '' }],
    });

  it('are respected: a shared transaction between the two sides, a synchronous answer', () => {
    expect(couple('transaction', ['order'])).toThrow('so order and stock go together');
    expect(couple('synchronous', ['order'])).toThrow(
      'StockData.take of stock: it was seen to answer without a promise',
    );
    expect(couple('transaction', ['cart'])).not.toThrow();
  });

  it('are objections to moving a module away while it runs', () => {
    const { objectionsTo } = seamOf({
      modules: [order, stock],
      couplings: [
        {
          kind: 'transaction',
          module: 'stock',
          what: 'StockData.take',
          callers: ['order'],
          times: 1,
          cure: '',
        },
      ],
    });
    expect(objectionsTo('stock')).toEqual([expect.stringContaining('so order and stock go together')]);
    expect(objectionsTo('order')).toEqual([expect.stringContaining('so order and stock go together')]);
  });
});
