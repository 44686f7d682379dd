import { All, Controller, Get, Module, Patch, Post, Sse } from '@nestjs/common';
import { DiscoveryModule, DiscoveryService, NestFactory } from '@nestjs/core';
import { missingFrom } from './contract-of.js';
import { httpRoutes } from './http-routes.js';

@Controller('stock')
class StockEdge {
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
  noRoute() {}
}
@Controller({ path: ['one', 'two'] })
class Twice {
  @Get()
  root() {}
}
@Controller()
class Root {
  @Get()
  home() {}
}
@Controller('health')
class Nobodys {
  @Get('live')
  live() {}
}

it('lists every route of the controllers of modules, with method, template and module, and nobody’s not', async () => {
  @Module({ imports: [DiscoveryModule], controllers: [StockEdge, Twice, Root, Nobodys] })
  class App {}
  const app = await NestFactory.createApplicationContext(App, { logger: false });
  const moduleOf = new Map<unknown, string>([
    [StockEdge, 'stock'],
    [Twice, 'twice'],
    [Root, 'storefront'],
  ]);
  const routes = httpRoutes(app.get(DiscoveryService), (controller) => moduleOf.get(controller));
  await app.close();
  expect(routes.map(({ method, path, module }) => `${method} ${path} ${module}`).sort()).toEqual([
    'ALL /stock/any stock',
    'GET / storefront',
    'GET /one twice',
    'GET /stock/:sellerId/:productId stock',
    'GET /stock/marks stock',
    'GET /two twice',
    'PATCH /stock stock',
    'POST /stock/a stock',
    'POST /stock/b stock',
  ]);
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
