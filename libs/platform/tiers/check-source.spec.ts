import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { checkSource, describeViolations } from './index.js';

const TODAY = new Date('2026-06-15');

/** Checks a tree made of these files, and answers `rule file:line` of everything found. */
function found(files: Record<string, string>): string[] {
  const root = mkdtempSync(join(tmpdir(), 'banyan-rules-'));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    return checkSource(root, TODAY).violations.map(
      ({ rule, file, line }) => `${rule} ${file}${line ? `:${line}` : ''}`,
    );
  } finally {
    rmSync(root, { recursive: true });
  }
}

/** A module with an API, as others see it. */
const STOCK = {
  'libs/marketplace/stock/contract/index.ts': `export { StockApi, type Item, Line } from './stock.api.js';`,
  'libs/marketplace/stock/contract/stock.api.ts': `import { z } from 'zod';
export const Line = z.object({});
export interface Item { id: number }
export abstract class StockApi { abstract find(): Promise<Item>; }`,
};
const inModule = (name: string, file: string, text: string) => ({
  [`libs/marketplace/${name}/${file}`]: text,
});

describe('this repository', () => {
  it('keeps its own rules', () => {
    const { violations, files } = checkSource(process.cwd());
    expect(files).toBeGreaterThan(100);
    expect(describeViolations(violations)).toBe('');
  });
});

describe('a well-built module', () => {
  it('breaks no rule', () => {
    expect(
      found({
        ...STOCK,
        ...inModule('cart', 'contract/index.ts', `export { type Line } from '#marketplace/stock';`),
        ...inModule(
          'cart',
          'cart.module.ts',
          `import { StockModule } from '#marketplace/stock/module';\nimport { CartData } from './cart.data.js';`,
        ),
        ...inModule(
          'cart',
          'cart.edge.ts',
          `import { StockApi } from '#marketplace/stock';\nimport { CartProcess } from './cart.process.js';`,
        ),
        ...inModule(
          'cart',
          'cart.process.ts',
          `import { Pay } from './pay.gateway.js';\nimport { CartData } from './cart.data.js';`,
        ),
        ...inModule(
          'cart',
          'cart.data.ts',
          `import { UnitOfWork } from '#platform/work';\nimport { Repository } from 'typeorm';\nimport { decide } from './cart.rules.js';\nimport { Line } from '#marketplace/stock';`,
        ),
        ...inModule(
          'cart',
          'cart.rules.ts',
          `import { Bug } from '#platform/seam';\nimport { Item } from '#marketplace/stock';\nimport type { Row } from './cart.data.js';\nimport { FEES } from './fees.js';`,
        ),
        ...inModule(
          'cart',
          'cart.listeners.ts',
          `import { Pay } from './pay.gateway.js';\nimport { CartData } from './cart.data.js';`,
        ),
        ...inModule(
          'cart',
          'cart.data.spec.ts',
          `import { startModules } from '#testing';\nimport { Client } from 'pg';\nconsole.log(process.env);`,
        ),
      }),
    ).toEqual([]);
  });
});

describe('floors', () => {
  it.each(['#marketplace/stock', '../../../apps/shop/main.js', '#testing', '../../../migrations/migrate.js'])(
    'the platform may not import %s',
    (specifier) => {
      expect(found({ ...STOCK, 'libs/platform/work/a.ts': `import { a } from '${specifier}';` })).toEqual([
        'floors libs/platform/work/a.ts:1',
      ]);
    },
  );

  it.each(['../../../apps/shop/main.js', '#testing'])('a business module may not import %s', (specifier) => {
    expect(found(inModule('cart', 'cart.edge.ts', `\nimport { a } from '${specifier}';`))).toEqual([
      'floors libs/marketplace/cart/cart.edge.ts:2',
    ]);
  });

  it('samples stand with the specs: they may use the test kit, and only specs may use them', () => {
    const files = {
      ...inModule('cart', 'cart.sample.ts', `import { startModules } from '#testing';`),
      ...inModule('cart', 'cart.spec.ts', `import './cart.sample.js';`),
      ...inModule('cart', 'cart.data.ts', `import './cart.sample.js';`),
    };
    expect(found(files)).toEqual(['floors libs/marketplace/cart/cart.data.ts:1']);
  });

  it('counts re-exports and dynamic imports as imports', () => {
    const text = `export * from '#marketplace/stock';\nconst a = () => import('#marketplace/stock');`;
    expect(found({ ...STOCK, 'libs/platform/work/a.ts': text })).toEqual([
      'floors libs/platform/work/a.ts:1',
      'floors libs/platform/work/a.ts:2',
    ]);
  });

  it('does not take words in strings and comments for imports', () => {
    expect(
      found({ 'libs/platform/work/a.ts': `// import '#testing'\nconst a = "import '#testing'";` }),
    ).toEqual([]);
  });
});

describe('doors', () => {
  it('a module may not reach behind the contract of another', () => {
    expect(
      found({
        ...STOCK,
        ...inModule('cart', 'cart.process.ts', `import type { Item } from '../stock/contract/stock.api.js';`),
      }),
    ).toEqual(['doors libs/marketplace/cart/cart.process.ts:1']);
  });

  it('only wiring may import the Nest module of another', () => {
    const text = `import { StockModule } from '#marketplace/stock/module';`;
    const files = {
      ...inModule('cart', 'cart.process.ts', text),
      ...inModule('cart', 'cart.module.ts', text),
      'apps/shop/main.ts': text,
    };
    expect(found(files)).toEqual(['doors libs/marketplace/cart/cart.process.ts:1']);
  });

  it('nobody reaches into a room of the platform from outside', () => {
    const files = { 'apps/shop/main.ts': `import { a } from '../../libs/platform/work/unit.js';` };
    expect(found(files)).toEqual(['doors apps/shop/main.ts:1']);
  });

  it('a room does not go through its own door', () => {
    const files = { 'libs/platform/work/unit.ts': `import { a } from '#platform/work';` };
    expect(found(files)).toEqual(['doors libs/platform/work/unit.ts:1']);
  });
});

describe('cycles', () => {
  it('names the way round a cycle of Nest modules', () => {
    const imports = (name: string) => `import { X } from '#marketplace/${name}/module';`;
    const files = {
      ...inModule('a', 'a.module.ts', imports('b')),
      ...inModule('b', 'b.module.ts', imports('c')),
      ...inModule('c', 'c.module.ts', `${imports('a')}\n${imports('d')}`),
    };
    expect(found(files)).toEqual([
      'cycles libs/marketplace/a/a.module.ts:1',
      'cycles libs/marketplace/b/b.module.ts:1',
      'cycles libs/marketplace/c/c.module.ts:1',
    ]);
  });

  it('finds contracts that import each other, even types only', () => {
    const files = {
      ...inModule('a', 'contract/index.ts', `import type { B } from '#marketplace/b';`),
      ...inModule('b', 'contract/b.events.ts', `import type { A } from '#marketplace/a';`),
    };
    expect(found(files)).toEqual([
      'cycles libs/marketplace/a/contract/index.ts:1',
      'cycles libs/marketplace/b/contract/b.events.ts:1',
    ]);
  });
});

describe('tiers', () => {
  it.each([
    ['edge', 'gateway'],
    ['edge', 'listeners'],
    ['process', 'edge'],
    ['data', 'edge'],
    ['data', 'process'],
    ['data', 'gateway'],
    ['data', 'listeners'],
    ['gateway', 'data'],
    ['gateway', 'process'],
    ['listeners', 'edge'],
  ])('%s may not call %s', (from, to) => {
    expect(found(inModule('cart', `cart.${from}.ts`, `import { A } from './a.${to}.js';`))).toEqual([
      `tiers libs/marketplace/cart/cart.${from}.ts:1`,
    ]);
  });

  it('a file in a folder named after a tier is of that tier', () => {
    expect(found(inModule('cart', 'cart.data/lines.ts', `import { A } from '../cart.process.js';`))).toEqual([
      'tiers libs/marketplace/cart/cart.data/lines.ts:1',
    ]);
  });

  it('a file without a tier may not pass a tier on', () => {
    expect(found(inModule('cart', 'prices.ts', `import { A } from './cart.data.js';`))).toEqual([
      'tiers libs/marketplace/cart/prices.ts:1',
    ]);
  });

  it.each(['data', 'gateway', 'listeners'])('%s may not call another module', (tier) => {
    const files = {
      ...STOCK,
      ...inModule('cart', `cart.${tier}.ts`, `import { Line, StockApi } from '#marketplace/stock';`),
    };
    expect(found(files)).toEqual([`tiers libs/marketplace/cart/cart.${tier}.ts:1`]);
  });

  it('types cross tiers freely', () => {
    const files = {
      ...STOCK,
      ...inModule(
        'cart',
        'cart.data.ts',
        `import type { StockApi } from '#marketplace/stock';\nimport { type Row } from './cart.edge.js';`,
      ),
    };
    expect(found(files)).toEqual([]);
  });
});

describe('storage', () => {
  it('only the data tier, entities and wiring know TypeORM', () => {
    const text = `import { Entity } from 'typeorm';`;
    const files = {
      ...inModule('cart', 'cart.process.ts', text),
      ...inModule('cart', 'cart.listeners.ts', text),
      ...inModule('cart', 'entities/cart.entity.ts', text),
      ...inModule('cart', 'cart.module.ts', `import { TypeOrmModule } from '@nestjs/typeorm';`),
    };
    expect(found(files)).toEqual([
      'storage libs/marketplace/cart/cart.listeners.ts:1',
      'storage libs/marketplace/cart/cart.process.ts:1',
    ]);
  });

  it.each(['pg', 'bullmq', 'ioredis'])('no business module imports %s', (driver) => {
    expect(found(inModule('cart', 'cart.data.ts', `import * as driver from '${driver}';`))).toEqual([
      'storage libs/marketplace/cart/cart.data.ts:1',
    ]);
  });
});

describe('purity', () => {
  it.each(['@nestjs/common', 'node:fs', 'typeorm', '#platform/work', './cart.data.js'])(
    'a decision may not import %s',
    (specifier) => {
      const text = `import { a } from '${specifier}';`;
      expect(found(inModule('cart', 'cart.rules.ts', text))).toContain(
        'purity libs/marketplace/cart/cart.rules.ts:1',
      );
    },
  );

  it.each(['@nestjs/common', '#platform/work', '../cart.rules.js', 'node:crypto'])(
    'a contract may not import %s',
    (specifier) => {
      const text = `import { a } from '${specifier}';`;
      expect(found(inModule('cart', 'contract/cart.api.ts', text))).toEqual([
        'contracts libs/marketplace/cart/contract/cart.api.ts:1',
      ]);
    },
  );
});

describe('environment', () => {
  it.each([
    'process.env.PORT',
    `process['env']`,
    'const { env } = process',
    `import { env } from 'node:process'`,
  ])('is not read by %s', (text) => {
    expect(found({ 'libs/platform/work/a.ts': `\n${text};` })).toEqual([
      'environment libs/platform/work/a.ts:2',
    ]);
  });

  it('may be read where it is declared so, with a reason', () => {
    const allowed = JSON.stringify({
      environment: [{ path: 'libs/platform/config/', reason: 'the one reader of settings' }],
    });
    expect(found({ '.boundaries.json': allowed, 'libs/platform/config/a.ts': 'process.env;' })).toEqual([]);
  });
});

describe('sizes and names', () => {
  const lines = (count: number) => Array.from({ length: count }, (_, i) => `  f(${i});`).join('\n');

  it('files have at most 400 lines, and functions 70', () => {
    expect(found({ 'apps/a/long.ts': lines(401) })).toEqual(['sizes apps/a/long.ts']);
    expect(found({ 'apps/a/long.ts': `\nclass A {\n  run() {\n${lines(69)}\n  }\n}` })).toEqual([
      'sizes apps/a/long.ts:3',
    ]);
    expect(found({ 'apps/a/fits.ts': `class A {\n  run() {\n${lines(68)}\n  }\n}` })).toEqual([]);
  });

  it('a suite of tests is a list, a test is a function', () => {
    const suite = `describe('a', () => {\n${lines(90)}\n});\ndescribe.each([1])('b', () => {\n${lines(90)}\n});\n`;
    expect(found({ 'apps/a/a.spec.ts': `${suite}it('c', () => {\n${lines(90)}\n});` })).toEqual([
      'sizes apps/a/a.spec.ts:185',
    ]);
  });

  it.each(['apps/a/utils/x.ts', 'libs/platform/common/x.ts', 'apps/a/helpers.ts', 'apps/a/Manager.ts'])(
    '%s says nothing',
    (path) => {
      expect(found({ [path]: '' })).toEqual([expect.stringMatching(/^names /)]);
    },
  );
});

describe('exceptions', () => {
  const broken = inModule('cart', 'cart.edge.ts', `import { A } from './pay.gateway.js';`);
  const file = 'libs/marketplace/cart/cart.edge.ts';
  const excepted = (until: string, rule = 'tiers') => ({
    '.boundaries.json': JSON.stringify({
      exceptions: [{ rule, file, until, reason: 'until the process is written' }],
    }),
  });

  it('stand until their last day', () => {
    expect(found({ ...broken, ...excepted('2026-06-15') })).toEqual([]);
  });

  it('expire: then both they and what they allowed are reported', () => {
    expect(found({ ...broken, ...excepted('2026-06-14') })).toEqual([
      'exceptions .boundaries.json',
      `tiers ${file}:1`,
    ]);
  });

  it('are reported when nothing needs them any more', () => {
    expect(found(excepted('2026-12-31'))).toEqual(['exceptions .boundaries.json']);
    expect(found({ ...broken, ...excepted('2026-12-31', 'storage') })).toEqual([
      'exceptions .boundaries.json',
      `tiers ${file}:1`,
    ]);
  });

  it('are refused without a reason', () => {
    const nameless = JSON.stringify({ exceptions: [{ rule: 'tiers', file, until: '2026-12-31' }] });
    expect(() => found({ '.boundaries.json': nameless })).toThrow(
      /boundaries\.json is not valid.*\n.*exceptions\[0\]\.reason/s,
    );
  });
});

it('a violation is described by its place, what is wrong and the cure', () => {
  const violation = { rule: 'tiers', file: 'a.ts', line: 3, says: 'calls up.', cure: 'turn it round.' };
  expect(describeViolations([violation])).toBe('a.ts:3  tiers\n  calls up.\n  Cure: turn it round.');
});
