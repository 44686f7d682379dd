import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { minifySync, transformSync } from '@swc/core';
import { causeOf } from './cause.js';
import { templateOf } from './message-template.js';
import { parseStack, stackWithCauses } from './stack-text.js';

const died = (stack: string, message = 'no answer') =>
  causeOf({ errorClass: 'TimeoutError', message, stack });

describe('the template of a message', () => {
  it.each([
    ['Order 7 of "ada" is gone', 'Order # of <value> is gone'],
    ["can't reach 127.0.0.1:5432, won't try", "can't reach #, won't try"],
    ['tid 0191f7a2-3b1c-7c11-8f4e-1a2b3c4d5e6f at 2026-01-02T03:04:05.678Z', 'tid <id> at <date>'],
    ['ids 1, 2, 3 are missing', 'ids # are missing'],
    ['ids 1, 2 are missing', 'ids # are missing'],
    ['ada@example.org paid -12.50', '<email> paid #'],
    ['digest 3fa81c2b9d0e and key sk_live_51Habcdefghijklmnop', 'digest <id> and key <id>'],
    [
      'duplicate key value violates unique constraint "orders_tid"',
      'duplicate key value violates unique constraint "orders_tid"',
    ],
    [
      "Cannot read properties of undefined (reading 'price')",
      "Cannot read properties of undefined (reading 'price')",
    ],
    ['took 1.5e3 ms\n  and more', 'took # ms and more'],
    ['[{"code":"invalid_type","path":["a1"]}]', '[{"code":<value>,"path":[<value>]}]'],
  ])('of %j is %j', (message, template) => {
    expect(templateOf(message)).toBe(template);
  });

  it('of a megabyte takes no time', () => {
    const began = performance.now();
    for (const filling of ['"', "'a ", '1,', 'a-1', '\\"']) templateOf(filling.repeat(500_000));
    expect(performance.now() - began).toBeLessThan(500);
  });
});

describe('the group of a cause', () => {
  const at = (...lines: string[]) =>
    ['TimeoutError: no answer', ...lines.map((line) => `    at ${line}`)].join('\n');

  it('is the same from every folder, build, line and instance', () => {
    const groups = [
      at(
        'Stock.reserve (/home/me/shop/libs/marketplace/stock/stock.data.ts:10:5)',
        'async Courier.next (/home/me/shop/libs/platform/events/courier.ts:66:7)',
      ),
      at('Stock.reserve (/app/libs/marketplace/stock/stock.data.ts:99:1)'),
      at(
        'async Stock.reserve (/app/dist/libs/marketplace/stock/stock.data.js:7:12)',
        'async Promise.all (index 3)',
      ),
      at('t.reserve (file:///app/dist/libs/marketplace/stock/stock.data.js?v=2:1:4021)'),
      at('Stock.reserve [as handle] (C:\\shop\\libs\\marketplace\\stock\\stock.data.ts:10:5)'),
      at(
        'Socket.emit (node:events:518:28)',
        'pg.query (/x/node_modules/pg/lib/client.js:1:1)',
        'Stock.reserve (/x/libs/marketplace/stock/stock.data.ts:1:1)',
      ),
    ].map((stack) => died(stack));
    expect(groups[0]?.frame).toBe('reserve (libs/marketplace/stock/stock.data)');
    expect(new Set(groups.map(({ group }) => group)).size).toBe(1);
  });

  it('is another for another class, message, place or root', () => {
    const stack = at('Stock.reserve (/a/libs/stock/stock.data.ts:1:1)');
    const causes = [
      died(stack),
      causeOf({ errorClass: 'Bug', message: 'no answer', stack }),
      died(stack, 'another answer'),
      died(at('Stock.release (/a/libs/stock/stock.data.ts:1:1)')),
      died(at('Stock.reserve (/a/libs/order/order.data.ts:1:1)')),
      died(`${stack}\nCaused by: Error: connect ECONNREFUSED 127.0.0.1:1`),
      died(`${stack}\nCaused by: Error: certificate has expired`),
      causeOf(null),
    ];
    expect(new Set(causes.map(({ group }) => group)).size).toBe(causes.length);
  });

  it('blames the business before the platform, and the platform before nobody', () => {
    const platform = 'Courier.next (/a/libs/platform/events/courier.ts:1:1)';
    expect(died(at(platform, 'Stock.reserve (/a/libs/stock/stock.data.ts:1:1)')).frame).toBe(
      'reserve (libs/stock/stock.data)',
    );
    expect(died(at(platform)).frame).toBe('next (libs/platform/events/courier)');
    expect(died(at('Socket.emit (node:events:1:1)')).frame).toBeNull();
  });

  it('takes the place from the cause where a library made the error around it', () => {
    const around = 'FetchError: failed\n    at fetch (/a/node_modules/undici/index.js:1:1)';
    expect(died(`${around}\nCaused by: Error: x\n    at Bank.charge (/a/src/bank.ts:1:1)`)).toMatchObject({
      frame: 'charge (bank)',
      root: 'Error: x',
    });
  });

  it('is the same for minified code with a source map as for the code that people wrote', () => {
    const folder = mkdtempSync(join(tmpdir(), 'banyan-cause-'));
    try {
      const [plain, minified] = [run(folder, 'plain'), run(folder, 'minified')];
      expect(plain).not.toBe(minified);
      expect(died(minified)).toEqual(died(plain));
      expect(died(plain).frame).toBe('reserveEverything (shop)');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

/** Source that throws, run as an app would be: built into its dist, with source maps. Answers the stack. */
function run(folder: string, how: 'plain' | 'minified'): string {
  const source = `class Stock { reserveEverything(amount: number) { if (amount > 1) { throw new Error('no answer'); } return amount; } }
    const stock = new Stock();\nfunction goThroughAll() { return stock.reserveEverything(2); }
    try { goThroughAll(); } catch (error) { process.stdout.write((error as Error).stack as string); }`;
  const built = transformSync(source, {
    filename: 'shop.ts',
    sourceMaps: true,
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
  });
  const { code, map } =
    how === 'plain'
      ? built
      : minifySync(built.code, {
          sourceMap: { content: built.map, filename: 'shop.js' } as never,
          mangle: { toplevel: true },
          compress: false,
          module: true,
        });
  const payload = { ...JSON.parse(map as string), sources: ['../src/shop.ts'] };
  writeFileSync(join(folder, `${how}.mjs.map`), JSON.stringify(payload));
  writeFileSync(join(folder, `${how}.mjs`), `${code}\n//# sourceMappingURL=${how}.mjs.map\n`);
  return execFileSync(process.execPath, ['--enable-source-maps', join(folder, `${how}.mjs`)], {
    encoding: 'utf8',
  });
}

describe('a recorded stack', () => {
  it('tells the chain of causes to the innermost, and is read back', () => {
    const inner = new TypeError('inner');
    const text = stackWithCauses(new Error('outer', { cause: new AggregateError([inner], 'several') }));
    expect(parseStack(text).map(({ errorClass, message }) => `${errorClass} ${message}`)).toEqual([
      'Error outer',
      'AggregateError several',
      'TypeError inner',
    ]);
    expect(parseStack(text)[2]?.frames.length).toBeGreaterThan(0);
  });

  it('holds the innermost however long the others are, and ends with an error that is its own cause', () => {
    const endless = new Error('x'.repeat(100_000)) as Error & { cause: unknown };
    endless.cause = new Error('root');
    expect(parseStack(stackWithCauses(endless)).at(-1)?.message).toBe('root');
    expect(stackWithCauses(endless).length).toBeLessThan(10_000);
    endless.cause = endless;
    expect(parseStack(stackWithCauses(endless))).toHaveLength(1);
  });

  it.each([
    ['a text', 'plain', 'plain'],
    ['nothing', undefined, ''],
    [
      'an object whose getters throw',
      Object.defineProperty({}, 'stack', {
        get: () => {
          throw new Error('no');
        },
      }),
      '[object Object]',
    ],
    ['what can not be shown', Object.create(null), 'something that can not be shown'],
  ])('can be made of %s', (_what, thrown, text) => {
    expect(stackWithCauses(thrown)).toBe(text);
  });

  it("reads Node's own way to show causes, and codes behind class names", () => {
    const [outer, inner] = parseStack(
      'TypeError [ERR_X]: fetch failed\n    at a (/b.js:1:1) {\n  [cause]: Error: down\n      at c (/d.js:1:1)\n}',
    );
    expect(outer).toMatchObject({ errorClass: 'TypeError', message: 'fetch failed' });
    expect(inner).toMatchObject({
      errorClass: 'Error',
      message: 'down',
      frames: [{ call: 'c', file: '/d.js' }],
    });
  });
});
