import { All, Controller, Get, Module, Patch, Post, Sse, Version, VersioningType } from '@nestjs/common';
import { DiscoveryModule, NestFactory, RouterModule } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { missingFrom } from './contract-of.js';
import { httpRoutes } from './http-routes.js';

abstract class Readable {
  @Get('inherited')
  inherited() {}
}
@Controller('stock')
class StockEdge extends Readable {
  @Get(':sellerId/:productId')
  find() {}
  @Patch()
  add() {}
  @Post(['a', '/b/'])
  both() {}
  @Sse('marks')
  marks() {}
  @All('any')
  any() {}
  @Get('files/*')
  files() {}
  noRoute() {}
}
@Controller({ path: ['one', 'two'] })
class Twice {
  @Get()
  root() {}
  @Get('later')
  @Version('2')
  later() {}
}
@Controller()
class Root {
  @Get()
  home() {}
}
@Controller({ path: 'prices', version: ['1', '2'] })
class Prices {
  @Get()
  all() {}
}
@Controller('health')
class Nobodys {
  @Get('live')
  live() {}
}
const MODULE_OF = new Map<unknown, string>([
  [StockEdge, 'stock'],
  [Twice, 'twice'],
  [Root, 'storefront'],
  [Prices, 'prices'],
]);

const words = ({ method, path }: { method: string; path: string }) => `${method} ${path}`;

/** What we say of an application's routes, and what Fastify was really given of those that are somebody's. */
async function routesOf(configure: (app: NestFastifyApplication) => void = () => undefined) {
  @Module({ controllers: [Prices] })
  class PricesModule {}
  @Module({
    imports: [DiscoveryModule, PricesModule, RouterModule.register([{ path: 'shop', module: PricesModule }])],
    controllers: [StockEdge, Twice, Root, Nobodys],
  })
  class App {}
  const adapter = new FastifyAdapter();
  const fastify: string[] = [];
  adapter.getInstance().addHook('onRoute', ({ method, url }) => {
    fastify.push(...[method].flat().map((each) => words({ method: each, path: url })));
  });
  const app = await NestFactory.create<NestFastifyApplication>(App, adapter, { logger: false });
  configure(app);
  await app.listen(0, '127.0.0.1');
  const routes = httpRoutes(app, (controller) => MODULE_OF.get(controller));
  await app.close();
  const ofSomebody = fastify.filter(
    (route) => !/health|^OPTIONS \*$/.test(route) && !route.startsWith('HEAD'),
  );
  return { routes, said: routes.map(words).filter((route) => !route.startsWith('HEAD')), ofSomebody };
}

it('lists every route of the controllers of modules, with method, template and module, and nobody’s not', async () => {
  const { routes } = await routesOf();
  const without = routes.filter(({ path }) => path !== '/stock/any');
  expect(without.map((route) => `${words(route)} ${route.module}`).sort()).toEqual([
    'GET / storefront',
    'GET /one twice',
    'GET /one/later twice',
    'GET /shop/prices prices',
    'GET /stock/:sellerId/:productId stock',
    'GET /stock/files/* stock',
    'GET /stock/inherited stock',
    'GET /stock/marks stock',
    'GET /two twice',
    'GET /two/later twice',
    'PATCH /stock stock',
    'POST /stock/a stock',
    'POST /stock/b stock',
  ]);
  const any = routes.filter(({ path }) => path === '/stock/any').map(({ method }) => method);
  expect(any).toEqual(expect.arrayContaining(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']));
});

it.each([
  ['plain', () => undefined],
  ['with a global prefix', (app: NestFastifyApplication) => void app.setGlobalPrefix('api')],
  [
    'with a prefix that one route is excluded from',
    (app: NestFastifyApplication) => void app.setGlobalPrefix('/api/', { exclude: ['stock/inherited'] }),
  ],
  [
    'with versions in the address',
    (app: NestFastifyApplication) => {
      app.setGlobalPrefix('api');
      app.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' });
    },
  ],
])('lists them as Fastify has them: %s', async (_, configure) => {
  const { said, ofSomebody } = await routesOf(configure);
  expect(said.sort()).toEqual(ofSomebody.sort());
  expect(said.length).toBeGreaterThan(15);
});

describe('what a move would break', () => {
  const has = (operations: string[], listeners: string[] = []) => ({ operations, listeners });
  it.each([
    ['nothing, where both offer the same', has(['A.x'], ['l hears E@1']), has(['A.x'], ['l hears E@1']), []],
    ['nothing, where the new side offers more', has(['A.x']), has(['A.x', 'A.y'], ['l hears E@1']), []],
    ['an operation that is gone', has(['A.x', 'A.y']), has(['A.x']), ['A.y']],
    [
      'a listener that hears another version',
      has([], ['l hears E@1']),
      has([], ['l hears E@2']),
      ['l hears E@1'],
    ],
    [
      'everything, where the module is not hosted',
      has(['A.x'], ['l hears E@1']),
      undefined,
      ['A.x', 'l hears E@1'],
    ],
    ['nothing, where nobody offered anything', undefined, has(['A.x']), []],
  ])('%s', (_, from, to, missing) => {
    expect(missingFrom(from, to)).toEqual(missing);
  });
});
