import fc from 'fast-check';
import { roundRobin } from './round-robin.js';
import { type ModuleRoute, RouteTable } from './route-table.js';

const route = (text: string, module: string): ModuleRoute => {
  const [method = '', template = ''] = text.split(' ');
  return { method, template, module };
};
const shop = new RouteTable([
  route('GET /cart/:customerId', 'cart'),
  route('PATCH /cart/:customerId/add', 'cart'),
  route('POST /cart/:customerId/checkout', 'checkout'),
  route('GET /stock/:seller/:product', 'stock'),
  route('GET /stock/warehouse/:product', 'warehouse'),
  route('GET /stock/:seller/all', 'overview'),
  route('GET /files/*', 'files'),
  route('GET /', 'home'),
  route('GET /ping/', 'ping'),
]);

test.each([
  ['GET', '/cart/7', 'cart'],
  ['GET', '/cart/7/', 'cart'],
  ['GET', '/cart/a%20b', 'cart'],
  ['HEAD', '/cart/7', 'cart'],
  ['PATCH', '/cart/7/add', 'cart'],
  ['POST', '/cart/7/checkout', 'checkout'],
  ['GET', '/stock/1/2', 'stock'],
  ['GET', '/stock/warehouse/2', 'warehouse'],
  ['GET', '/stock/1/all', 'overview'],
  ['GET', '/stock/warehouse/all', 'warehouse'],
  ['GET', '/files/a/b/c.txt', 'files'],
  ['GET', '/', 'home'],
  ['GET', '/ping', 'ping'],
])('%s %s is answered by %s', (method, path, module) => {
  expect(shop.find(method, path)).toBe(module);
});

test.each([
  ['POST', '/cart/7'],
  ['HEAD', '/cart/7/checkout'],
  ['GET', '/Cart/7'],
  ['GET', '/cart//7'],
  ['GET', '/cart'],
  ['GET', '/cart/7/add/more'],
  ['GET', '//cart/7'],
  ['GET', '/cart/%'],
  ['GET', `/cart/${'7'.repeat(201)}`],
  ['BREW', '/cart/7'],
  ['', ''],
])('%s %s is answered by nobody', (method, path) => {
  expect(shop.find(method, path)).toBeUndefined();
});

test('whatever is asked, a table answers with one of its modules or with nobody, and never throws', () => {
  const modules = [undefined, 'cart', 'checkout', 'stock', 'warehouse', 'overview', 'files', 'home', 'ping'];
  fc.assert(
    fc.property(
      fc.constantFrom('GET', 'HEAD', 'PATCH', 'X'),
      fc.webPath(),
      fc.string(),
      (method, path, odd) => {
        expect(modules).toContain(shop.find(method, path));
        expect(modules).toContain(shop.find(method, odd));
      },
    ),
  );
});

test('routes that several instances of a module register count once', () => {
  const table = new RouteTable([
    route('GET /a/:b', 'one'),
    route('GET /a/:b', 'one'),
    route('GET /a/:c/', 'one'),
  ]);
  expect([table.conflicts, table.find('GET', '/a/1')]).toEqual([[], 'one']);
});

test('a route of two modules stays with the first, and is told once; one that cannot be read costs only itself', () => {
  const table = new RouteTable([
    route('GET /a/:b', 'one'),
    route('GET /a/:c', 'two'),
    route('GET /a/:c', 'two'),
    route('GET a', 'odd'),
    route('BREW /tea', 'pot'),
    route('GET /z', 'three'),
  ]);
  expect(table.conflicts).toEqual([
    'one and two both answer GET /a/:c; one gets it. Rename one.',
    expect.stringMatching(/^GET a of odd can't be routed: /),
    expect.stringMatching(/^BREW \/tea of pot can't be routed: /),
  ]);
  expect([table.find('GET', '/a/1'), table.find('GET', '/z')]).toEqual(['one', 'three']);
});

test('addresses take turns, for each key of its own, also while they come and go', () => {
  const next = roundRobin();
  const three = ['a', 'b', 'c'];
  expect([1, 2, 3, 4].map(() => next('cart', three))).toEqual(['a', 'b', 'c', 'a']);
  expect(next('stock', three)).toBe('a');
  expect(next('cart', [])).toBeUndefined();
  expect(next('cart', ['d'])).toBe('d');
  expect(new Set([next('cart', ['a', 'b']), next('cart', ['a', 'b'])])).toEqual(new Set(['a', 'b']));
});
