/** How a shape of stock code fares when its module is placed elsewhere. */
export type Fate = 'same' | 'refused at start' | 'refused at the call';

/** A row of the compatibility table. The suite proves every one, and that README.md shows them. */
export interface Row {
  readonly shape: string;
  readonly fate: Fate;
  /** What happens apart, and for what is refused the cure. */
  readonly apart: string;
}

/** What stock code may do, and what happens to it when its module is placed elsewhere. */
export const TABLE = {
  class: {
    shape: 'exported class',
    fate: 'same',
    apart:
      'Its methods are calls; dates, `undefined`, bytes, maps and sets survive; `instanceof` holds; an `HttpException` arrives as one.',
  },
  abstract: { shape: 'abstract class as token', fate: 'same', apart: 'As an exported class.' },
  token: {
    shape: 'custom token: string or symbol, `useClass`, `useValue`',
    fate: 'same',
    apart: 'Methods are calls. Plain constants are copied: every process has its own.',
  },
  factory: {
    shape: 'factory, also asynchronous',
    fate: 'same',
    apart:
      'It runs where the module is hosted. What it makes is not known before: every name counts as a method, so it must be a service and no data.',
  },
  passing: {
    shape: 're-export of a part of the module',
    fate: 'same',
    apart: 'As if the module exported it itself.',
  },
  dynamic: {
    shape: 'dynamic module, `forRoot(options)`',
    fate: 'same',
    apart:
      'The options count where it is hosted; list it with `forRoot` on both sides, since a dynamic module is known by what it returns.',
  },
  global: { shape: '`@Global()` module', fate: 'same', apart: 'Its stand-ins are global too.' },
  controller: {
    shape: 'controller',
    fate: 'same',
    apart: 'Its routes are served where it is hosted, and nowhere else.',
  },
  enhancer: {
    shape: 'exported guard, pipe, interceptor, filter',
    fate: 'same',
    apart:
      'They run beside the controllers that they protect; the exported services that they inject are asked where they live.',
  },
  everywhere: {
    shape: '`APP_GUARD`, `APP_PIPE`, `APP_INTERCEPTOR`, `APP_FILTER`',
    fate: 'same',
    apart: 'They apply in every app that lists the module, here or elsewhere; told as a coupling.',
  },
  privateKeys: {
    shape: '`APP_GUARD` or guard that injects what its module does not export',
    fate: 'refused at start',
    apart: 'Export what it injects.',
  },
  handler: {
    shape: 'handlers that a library finds by decorators (`@Cron`, `@OnEvent`)',
    fate: 'same',
    apart: 'Found where they are hosted; stand-ins show no decorators.',
  },
  hooks: {
    shape: 'lifecycle hooks, module constructor, middleware',
    fate: 'same',
    apart: 'They run where the module is hosted; middleware meets the requests of that app.',
  },
  typed: {
    shape: 'synchronous method whose type is known (a decorator is on it)',
    fate: 'refused at start',
    apart: 'Declare it `async`, and await it where it is called.',
  },
  untyped: {
    shape: 'synchronous method',
    fate: 'refused at the call',
    apart:
      'Declare it `async`, and await it where it is called. Once it was seen together, it is refused at start.',
  },
  property: { shape: 'property', fate: 'refused at the call', apart: 'Offer an `async` method instead.' },
  stream: {
    shape: 'stream, generator, event emitter',
    fate: 'refused at start',
    apart: 'Answer with plain data, or publish an event.',
  },
  live: {
    shape: 'live value: a `Map`, or `useValue` with state beside its methods',
    fate: 'refused at start',
    apart: 'Put it behind `async` methods.',
  },
  instance: {
    shape: 'answer or argument that is an instance of a class (an entity)',
    fate: 'refused at the call',
    apart: 'Pass a plain object: `{ ...entity }`.',
  },
  request: {
    shape: 'request scope, transient scope',
    fate: 'refused at start',
    apart: 'Pass what it reads as arguments.',
  },
  cycle: {
    shape: 'modules and providers in a cycle (`forwardRef`)',
    fate: 'refused at start',
    apart: 'Break the cycle.',
  },
} as const satisfies Record<string, Row>;

/** The rows that need a database or a queue to be proven. */
export const ON_SERVERS = {
  typeorm: {
    shape: 'exported `TypeOrmModule`, `@InjectRepository`',
    fate: 'same',
    apart: 'Infrastructure that a module passes on is built in every process: the database is shared.',
  },
  processor: {
    shape: '`@Processor` with `WorkerHost`, also exported',
    fate: 'same',
    apart: 'It works where it is hosted; `BullModule` is passed on, so queues can be filled from anywhere.',
  },
  transaction: {
    shape: 'transaction handed to another module (`EntityManager`, `QueryRunner`)',
    fate: 'refused at the call',
    apart:
      'Let each module write in a transaction of its own. Together it works and is told as a coupling; once it was seen, the two can not be placed apart.',
  },
} as const satisfies Record<string, Row>;

/** The table in Markdown. */
export function rendered(rows: readonly Row[]): string {
  const lines = rows.map(({ shape, fate, apart }) => `| ${shape} | ${fate} | ${apart} |`);
  return ['| stock code | placed elsewhere | what happens, or the cure |', '|---|---|---|', ...lines].join(
    '\n',
  );
}
