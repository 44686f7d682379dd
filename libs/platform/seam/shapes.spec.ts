import 'reflect-metadata';
import {
  type CanActivate,
  Controller,
  type DynamicModule,
  forwardRef,
  type INestApplication,
  Inject,
  Injectable,
  Module,
  type ModuleMetadata,
  Scope,
  type Type,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { callContext } from '../telemetry/call-context.js';
import { SeamCounts } from './counts.js';
import type { SeamModule } from './module-map.js';
import { seamFor } from './seam.js';

/** Who answers a call: the module that the seam put into the context, or "nobody" where no seam was crossed. */
@Injectable()
class Asked {
  async who(): Promise<string> {
    return callContext()?.module ?? 'nobody';
  }
}
abstract class Api extends Asked {}
@Injectable()
class Impl extends Asked implements Api {}
@Injectable()
class Lonely extends Asked {}

const TOKEN = Symbol('token');

const opened: INestApplication[] = [];
afterEach(() => Promise.all(opened.splice(0).map((app) => app.close())));

/** A class of its own for every module, so that tests don't share metadata. */
function module(metadata: ModuleMetadata): Type<unknown> {
  class Some {}
  Module(metadata)(Some);
  return Some;
}

/** Starts an app of these modules and asks `token` from outside: who answers, and how it is described. */
async function ask(
  token: unknown,
  modules: SeamModule[],
  root: Type<unknown> = module({ imports: modules.map((m) => m.type) }),
) {
  const seam = seamFor({ modules, asIfRemote: false, callTimeoutMs: 5_000, counts: new SeamCounts() });
  // An application context would do but for scoped providers: what its own resolve() makes is shown to no decorator.
  const instrument = { instanceDecorator: seam.instanceDecorator };
  const app = await NestFactory.create(root, new FastifyAdapter(), { logger: false, instrument });
  await app.init();
  opened.push(app);
  const provider = await app.resolve(token as Type<Asked>).catch(() => app.get(token as Type<Asked>));
  const who = typeof provider.who === 'function' ? await provider.who() : 'nobody';
  return { who, exports: seam.describe().exports, seam, provider };
}

const stock = (metadata: ModuleMetadata): SeamModule[] => [{ name: 'stock', type: module(metadata) }];

describe('what is exported is called through the seam when it is', () => {
  it('a class', async () => {
    const { who, exports } = await ask(Lonely, stock({ providers: [Lonely], exports: [Lonely] }));
    expect(who).toBe('stock');
    expect(exports).toEqual([{ module: 'stock', token: 'Lonely', shape: 'class', way: 'seam' }]);
  });

  it('an abstract class that stands for one of the providers', async () => {
    const providers = [Impl, { provide: Api, useExisting: Impl }];
    const { who, exports } = await ask(Api, stock({ providers, exports: [Api] }));
    expect(who).toBe('stock');
    expect(exports).toEqual([{ module: 'stock', token: 'Api', shape: 'alias', way: 'seam' }]);
  });

  it('an alias of an alias', async () => {
    const providers = [Impl, { provide: Api, useExisting: Impl }, { provide: TOKEN, useExisting: Api }];
    const { who, exports } = await ask(TOKEN, stock({ providers, exports: [TOKEN] }));
    expect(who).toBe('stock');
    expect(exports).toEqual([{ module: 'stock', token: 'token', shape: 'alias', way: 'seam' }]);
  });

  it('an alias of what a part of the same module provides', async () => {
    const part = module({ providers: [Impl], exports: [Impl] });
    const providers = [{ provide: Api, useExisting: Impl }];
    const { who } = await ask(Api, stock({ imports: [part], providers, exports: [Api] }));
    expect(who).toBe('stock');
  });

  it('a token with a class', async () => {
    const { who } = await ask(
      'STOCK',
      stock({ providers: [{ provide: 'STOCK', useClass: Impl }], exports: ['STOCK'] }),
    );
    expect(who).toBe('stock');
  });

  it('a factory, whatever it makes, also by a promise', async () => {
    const literal = { provide: 'A', useFactory: () => ({ who: async () => callContext()?.module }) };
    const later = { provide: 'B', useFactory: async () => new Asked() };
    const modules = stock({ providers: [literal, later], exports: ['A', 'B'] });
    expect((await ask('A', modules)).who).toBe('stock');
    expect((await ask('B', modules)).who).toBe('stock');
  });

  it('a factory of a module that a second app names differently', async () => {
    const type = module({ providers: [{ provide: 'A', useFactory: () => new Asked() }], exports: ['A'] });
    expect((await ask('A', [{ name: 'stock', type }])).who).toBe('stock');
    expect((await ask('A', [{ name: 'store', type }])).who).toBe('store');
  });

  it('a value with methods, frozen or not', async () => {
    const frozen = Object.freeze({ who: async () => callContext()?.module });
    const { who, provider } = await ask(
      'F',
      stock({ providers: [{ provide: 'F', useValue: frozen }], exports: ['F'] }),
    );
    expect(who).toBe('stock');
    expect(Object.keys(provider)).toEqual(['who']);
    const value = { provide: 'V', useValue: new Asked() };
    expect((await ask('V', stock({ providers: [value], exports: ['V'] }))).who).toBe('stock');
  });

  it('exported by its whole provider', async () => {
    const provider = { provide: 'P', useClass: Impl };
    expect((await ask('P', stock({ providers: [provider], exports: [provider] }))).who).toBe('stock');
  });

  it('declared by a dynamic module, class and factory', async () => {
    class Empty {}
    const type = (): DynamicModule => ({
      module: Empty,
      providers: [Impl, { provide: 'F', useFactory: () => new Asked() }],
      exports: [Impl, 'F'],
    });
    expect((await ask(Impl, [{ name: 'stock', type: type() }])).who).toBe('stock');
    expect((await ask('F', [{ name: 'stock', type: type() }])).who).toBe('stock');
  });

  it('passed on from a part of the module', async () => {
    const part = module({ providers: [Lonely], exports: [Lonely] });
    expect((await ask(Lonely, stock({ imports: [part], exports: [part] }))).who).toBe('stock');
  });

  it("passed on from another business module: it stays the other's", async () => {
    const product = module({ providers: [Lonely], exports: [Lonely] });
    const catalog = module({ imports: [product], exports: [product] });
    const modules = [
      { name: 'catalog', type: catalog },
      { name: 'product', type: product },
    ];
    const { who, exports } = await ask(Lonely, modules);
    expect(who).toBe('product');
    expect(exports).toHaveLength(1);
  });

  it('of request scope, and told to bind its users to it', async () => {
    const providers = [{ provide: 'R', useClass: Impl, scope: Scope.REQUEST }];
    const { who, exports, seam } = await ask('R', stock({ providers, exports: ['R'] }));
    expect(who).toBe('stock');
    expect(exports).toMatchObject([{ token: 'R', way: 'bound' }]);
    expect(seam.describe().couplings).toMatchObject([{ kind: 'bound', what: 'R' }]);
  });
});

describe('what Nest hands out before the seam sees it', () => {
  it('a cycle of providers through forwardRef is told as bound, since calls in it pass by the seam', async () => {
    @Injectable()
    class Hen extends Asked {
      @Inject(forwardRef(() => Egg)) egg!: Asked;
    }
    @Injectable()
    class Egg extends Asked {
      constructor(@Inject(forwardRef(() => Hen)) readonly hen: Asked) {
        super();
      }
    }
    const types: Record<string, Type<unknown>> = {};
    types.hen = module({
      imports: [forwardRef(() => types.egg as Type<unknown>)],
      providers: [Hen],
      exports: [Hen],
    });
    types.egg = module({
      imports: [forwardRef(() => types.hen as Type<unknown>)],
      providers: [Egg],
      exports: [Egg],
    });
    const modules = Object.entries(types).map(([name, type]) => ({ name, type }));
    const { provider, exports } = await ask(Egg, modules);
    expect(await (provider as unknown as Egg).hen.who()).toBe('nobody');
    expect(exports).toMatchObject([
      { token: 'Hen', way: 'bound', why: expect.stringContaining('break the cycle') },
      { token: 'Egg', way: 'bound' },
    ]);
  });
});

describe('what is handed out as it is', () => {
  it('what the module keeps for itself', async () => {
    const { who, exports } = await ask(Lonely, stock({ providers: [Lonely] }));
    expect(who).toBe('nobody');
    expect(exports).toEqual([]);
  });

  it('a class that several modules provide, since an instance does not tell whose it is', async () => {
    const modules = [
      { name: 'stock', type: module({ providers: [Lonely], exports: [Lonely] }) },
      { name: 'order', type: module({ providers: [Lonely] }) },
    ];
    const { who, exports } = await ask(Lonely, modules);
    expect(who).toBe('nobody');
    expect(exports).toEqual([
      {
        module: 'stock',
        token: 'Lonely',
        shape: 'class',
        way: 'local',
        why: "Lonely is provided by stock and order, so an instance doesn't tell whose it is: let one own it",
      },
    ]);
  });

  it('data: constants and objects without methods', async () => {
    const providers = [
      { provide: 'RATE', useValue: 5 },
      { provide: 'LIMITS', useValue: { most: 5 } },
    ];
    const { provider, exports } = await ask('LIMITS', stock({ providers, exports: ['RATE', 'LIMITS'] }));
    expect(provider).toBe(providers[1]?.useValue);
    expect(exports).toMatchObject([
      { token: 'RATE', way: 'local' },
      { token: 'LIMITS', way: 'local' },
    ]);
  });

  it('infrastructure that is passed on: a dynamic module, or one that several modules import', async () => {
    class Database {}
    const database: DynamicModule = { module: Database, providers: [Lonely], exports: [Lonely] };
    const { who, exports } = await ask(Lonely, stock({ imports: [database], exports: [Database] }));
    expect(who).toBe('nobody');
    expect(exports).toMatchObject([{ token: 'Database', shape: 're-export', way: 'local' }]);

    const shared = module({ providers: [Lonely], exports: [Lonely] });
    const modules = [
      { name: 'stock', type: module({ imports: [shared], exports: [shared] }) },
      { name: 'order', type: module({ imports: [shared] }) },
    ];
    expect((await ask(Lonely, modules)).who).toBe('nobody');
  });

  it('a guard, which Nest builds and runs beside what it protects', async () => {
    @Injectable()
    class Guard extends Asked implements CanActivate {
      canActivate = undefined as never;
    }
    Object.defineProperty(Guard.prototype, 'canActivate', { value: () => true });
    const { who, exports } = await ask(Guard, stock({ providers: [Guard], exports: [Guard] }));
    expect(who).toBe('nobody');
    expect(exports).toMatchObject([{ token: 'Guard', way: 'local' }]);
  });

  it('a container of JavaScript', async () => {
    const { provider } = await ask(
      'M',
      stock({ providers: [{ provide: 'M', useFactory: () => new Map() }], exports: ['M'] }),
    );
    expect((provider as unknown as Map<string, string>).set('a', 'b').get('a')).toBe('b');
  });
});

describe('around it, Nest finds what it needs', () => {
  it('injects properties into the real provider, also after it was handed out', async () => {
    @Injectable()
    class WithProperty extends Asked {
      @Inject('NAME') readonly name!: string;
      override who = async () => this.name;
    }
    const providers = [WithProperty, { provide: 'NAME', useValue: 'injected' }];
    expect((await ask(WithProperty, stock({ providers, exports: [WithProperty] }))).who).toBe('injected');
  });

  it('metadata on methods, on the prototype and on the function of the instance', async () => {
    @Injectable()
    class Marked extends Asked {
      @Reflect.metadata('mark', 'here')
      async marked() {}
    }
    const { provider } = await ask(Marked, stock({ providers: [Marked], exports: [Marked] }));
    const marked = (provider as Marked).marked;
    expect(Reflect.getMetadata('mark', marked)).toBeUndefined();
    expect(Reflect.getMetadata('mark', provider, 'marked')).toBe('here');
    Reflect.defineMetadata('onFunction', 'too', Marked.prototype.marked);
    expect(Reflect.getMetadata('onFunction', marked)).toBe('too');
  });

  it('a part that imports the module it is a part of', async () => {
    const types: Record<string, Type<unknown>> = {};
    types.part = module({
      imports: [forwardRef(() => types.stock as Type<unknown>)],
      providers: [Lonely],
      exports: [Lonely],
    });
    types.stock = module({ imports: [forwardRef(() => types.part as Type<unknown>)], exports: [types.part] });
    expect((await ask(Lonely, [{ name: 'stock', type: types.stock }])).who).toBe('stock');
  });

  it('modules that import each other', async () => {
    const types: Record<string, Type<unknown>> = {};
    types.a = module({
      imports: [forwardRef(() => types.b as Type<unknown>)],
      providers: [Lonely],
      exports: [Lonely],
    });
    types.b = module({ imports: [forwardRef(() => types.a as Type<unknown>)] });
    const modules = Object.entries(types).map(([name, type]) => ({ name, type }));
    expect((await ask(Lonely, modules)).who).toBe('a');
  });
});

describe('the modules of an app', () => {
  @Controller()
  class Own {}
  @Controller()
  class Part {}
  @Controller()
  class Stray {}

  it('own their controllers and those of their parts', () => {
    const modules = stock({ controllers: [Own], imports: [module({ controllers: [Part] })] });
    const seam = seamFor({ modules, asIfRemote: false, callTimeoutMs: 1 });
    expect([Own, Part, Stray].map((type) => seam.moduleOfController(type))).toEqual([
      'stock',
      'stock',
      undefined,
    ]);
  });

  it('are listed once, each under a name of its own', () => {
    const [one] = stock({}) as [SeamModule];
    const make = (modules: SeamModule[]) => seamFor({ modules, asIfRemote: false, callTimeoutMs: 1 });
    expect(() => make([one, { ...one, name: 'store' }])).toThrow(
      'Some is listed as "stock" and as "store": list it once.',
    );
    expect(() => make([one, ...stock({})])).toThrow('Two modules are called "stock"');
  });
});
