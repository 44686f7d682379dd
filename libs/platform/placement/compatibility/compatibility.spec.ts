import 'reflect-metadata';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Type } from '@nestjs/common';
import { Bug, SeamCounts } from '../../seam/index.js';
import * as bound from './shapes/bound.fixture.js';
import * as modules from './shapes/modules.fixture.js';
import * as providers from './shapes/providers.fixture.js';
import * as web from './shapes/web.fixture.js';
import { ON_SERVERS, type Row, rendered, TABLE } from './table.js';
import { apart, http, type Pair, type Placed, together } from './two-apps.fixture.js';

const proven = new Set<Row>();
const running: Placed[] = [];
afterEach(async () => {
  for (const placed of running.splice(0)) await placed.stop();
});
async function start(place: typeof together, pair: Pair, counts?: SeamCounts): Promise<Placed> {
  const placed = await place(pair, counts);
  running.push(placed);
  return placed;
}

type Seeing = { see(): Promise<unknown> };

/** Proves that what the user of a module sees is the same in both placements. */
function same(row: Row, pair: Pair, user: Type<Seeing>, expected: unknown): void {
  proven.add(row);
  it.each([
    ['together', together],
    ['apart', apart],
  ] as const)(`${row.shape}: what its users see, %s`, async (_, place) => {
    expect(row.fate).toBe('same');
    const placed = await start(place, pair);
    expect(await placed.ask(user, (provider) => provider.see())).toEqual(expected);
  });
}

/** Proves that a shape works together, and is refused apart: at the start, or when its users do what can't travel. */
function refused(row: Row, pair: Pair, user: Type<Seeing>, expected: unknown, because: string): void {
  proven.add(row);
  it(`${row.shape}: works together`, async () => {
    const placed = await start(together, pair);
    expect(await placed.ask(user, (provider) => provider.see())).toEqual(expected);
  });
  it(`${row.shape}: is ${row.fate} apart, by name and with the cure`, async () => {
    const begun = async () => {
      const placed = await start(apart, pair);
      if (row.fate === 'refused at start') return 'it started';
      return placed.ask(user, (provider) => provider.see());
    };
    const error = await begun().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Bug);
    expect((error as Bug).message).toContain(because);
  });
}

const answers = {
  price: { currency: 'USD', rate: 2.5, at: new Date(86_400_000), asked: ['EUR', 'USD'], note: undefined },
  refused: '404 No price in XTS',
};

describe('a module placed elsewhere, unchanged', () => {
  const { PriceModule, PriceUserModule, PriceUser } = providers;
  same(TABLE.class, { moves: PriceModule, uses: PriceUserModule }, PriceUser, {
    ...answers,
    is: [true, 'PriceService', 1],
  });

  const { AbstractModule, AbstractUserModule, AbstractUser } = providers;
  same(TABLE.abstract, { moves: AbstractModule, uses: AbstractUserModule }, AbstractUser, answers);

  const { TokenModule, TokenUserModule, TokenUser } = providers;
  same(TABLE.token, { moves: TokenModule, uses: TokenUserModule }, TokenUser, {
    ...answers,
    rounded: 3,
    most: 99,
  });

  const { FactoryModule, FactoryUserModule, FactoryUser } = providers;
  same(TABLE.factory, { moves: FactoryModule, uses: FactoryUserModule }, FactoryUser, {
    ...answers,
    cheapest: ['EUR', 'USD', 'cheapest'],
  });

  const { PassingModule, PassedUserModule, PassedUser } = providers;
  same(TABLE.passing, { moves: PassingModule, uses: PassedUserModule }, PassedUser, answers);

  const { TaxModule, TaxUserModule, TaxUser } = modules;
  same(TABLE.dynamic, { moves: TaxModule.forRoot({ percent: 19 }), uses: TaxUserModule }, TaxUser, 38);

  const { ClockModule, ClockUserModule, ClockUser } = modules;
  same(TABLE.global, { moves: ClockModule, uses: ClockUserModule }, ClockUser, new Date(0));
});

describe('what a module does by itself', () => {
  it.each([
    ['together', together],
    ['apart', apart],
  ] as const)('hooks, constructor and middleware run once, where it is hosted, %s', async (_, place) => {
    proven.add(TABLE.hooks);
    modules.hooks.length = 0;
    const placed = await start(place, { moves: modules.MailModule, uses: modules.MailUserModule });
    expect(await placed.ask(modules.MailUser, (user) => user.see())).toBe('sent to us');
    expect(modules.hooks).toEqual(['built with true', 'provider init', 'module init', 'provider bootstrap']);
    await http(placed.there, '/nowhere');
    expect(modules.hooks.at(-1)).toBe('middleware');
    await running.pop()?.stop();
    expect(modules.hooks.slice(5)).toEqual(['provider destroy', 'provider shutdown']);
  });

  it('middleware does not meet the requests of other apps', async () => {
    const placed = await start(apart, { moves: modules.MailModule, uses: modules.MailUserModule });
    modules.hooks.length = 0;
    await http(placed.here, '/nowhere');
    expect(modules.hooks).toEqual([]);
  });

  it.each([
    ['together', together],
    ['apart', apart],
  ] as const)('handlers are found by their decorators once, where they are hosted, %s', async (_, place) => {
    proven.add(TABLE.handler);
    modules.handled.length = 0;
    const { AuditModule, AuditUserModule, ExplorerModule } = modules;
    const placed = await start(place, {
      moves: AuditModule,
      uses: AuditUserModule,
      around: [ExplorerModule],
    });
    expect(await placed.ask(modules.AuditUser, (user) => user.see())).toEqual(['found']);
  });
});

describe('over HTTP', () => {
  const json = { 'content-type': 'application/json' };
  const book = { method: 'POST', headers: json, body: JSON.stringify({ title: 'Emma' }) };

  it.each([
    ['together', together],
    ['apart', apart],
  ] as const)('a controller is served where its module is hosted, %s', async (_, place) => {
    proven.add(TABLE.controller);
    const placed = await start(place, { moves: web.BookModule, uses: web.BookUserModule });
    expect(await http(placed.there, '/books', book)).toEqual({ status: 201, body: { id: 1 } });
    expect(await http(placed.there, '/books/1')).toEqual({ status: 200, body: { title: 'Emma' } });
    expect((await http(placed.there, '/books/one')).status).toBe(400);
  });

  it('and nowhere else', async () => {
    const placed = await start(apart, { moves: web.BookModule, uses: web.BookUserModule });
    expect((await http(placed.here, '/books', book)).status).toBe(404);
  });

  it.each([
    ['together', together],
    ['apart', apart],
  ] as const)(
    'guard, pipe, interceptor and filter protect the controllers of others, %s',
    async (_, place) => {
      proven.add(TABLE.enhancer);
      const placed = await start(place, { moves: web.AuthModule, uses: web.AuthUserModule });
      const headers = { 'x-token': 'let me in' };
      const seen = await http(placed.here, '/notes/%20one%20', { headers });
      expect(seen).toEqual({ status: 200, body: { owner: 'ada', data: 'note one' } });
      expect(await http(placed.here, '/notes/one')).toEqual({ status: 418, body: { was: 403 } });
    },
  );

  it.each([
    ['together', together],
    ['apart', apart],
  ] as const)('those that a module applies to all apply to all, %s', async (_, place) => {
    proven.add(TABLE.everywhere);
    const placed = await start(place, { moves: web.HouseModule, uses: web.HouseUserModule });
    const headers = { 'x-token': 'any' };
    expect(await http(placed.here, '/rooms/%20one%20', { headers })).toEqual({
      status: 200,
      body: { data: 'room one' },
    });
    expect(await http(placed.here, '/rooms/one')).toEqual({ status: 418, body: { was: 403 } });
    expect(
      placed.seam.describe().couplings.map(({ kind, module, what }) => `${kind} ${module} ${what}`),
    ).toEqual(
      ['APP_GUARD', 'APP_PIPE', 'APP_INTERCEPTOR', 'APP_FILTER'].map((token) => `everywhere moves ${token}`),
    );
  });

  it('a guard for all that injects what its module keeps for itself is refused apart, by name and with the cure', async () => {
    proven.add(TABLE.privateKeys);
    const pair = { moves: web.KeyModule, uses: web.KeyUserModule };
    expect((await http((await start(together, pair)).here, '/rooms/one')).status).toBe(200);
    await expect(start(apart, pair)).rejects.toThrow(
      'KeyGuard of moves: it runs beside what it protects and injects Keys, which moves keeps for itself: export Keys.',
    );
  });
});

describe('what can not travel', () => {
  const { SumModule, SumUserModule, SumUser } = bound;
  refused(
    TABLE.typed,
    { moves: SumModule, uses: SumUserModule },
    SumUser as unknown as Type<Seeing>,
    3,
    'SumService of moves: sum answers without a promise: declare it async, and await it where it is called.',
  );

  const { CountModule, CountUserModule, CountUser } = bound;
  const counting = { moves: CountModule, uses: CountUserModule };
  refused(TABLE.untyped, counting, CountUser, 1, 'CountService.count answered without a promise');

  it('a synchronous method that was seen together is refused at start', async () => {
    const counts = new SeamCounts();
    await (await start(together, counting, counts)).ask(CountUser, (user) => user.see());
    await expect(start(apart, counting, counts)).rejects.toThrow(
      'CountService.count of moves: it was seen to answer without a promise. Declare the method async',
    );
  });

  const { LimitModule, LimitUserModule, LimitUser } = bound;
  refused(
    TABLE.property,
    { moves: LimitModule, uses: LimitUserModule },
    LimitUser,
    [13, 12],
    'LimitService.most of moves, which answers in another process, was read as a property',
  );

  const { FeedModule, FeedUserModule, FeedUser } = bound;
  const feed = { moves: FeedModule, uses: FeedUserModule };
  refused(TABLE.stream, feed, FeedUser, ['one'], 'FeedService of moves: news answers with a live Observable');

  it('everything that can not travel is told at once', async () => {
    const error = (await start(apart, feed).catch((thrown: unknown) => thrown)) as Bug;
    expect(error.message.split('\n')).toEqual([
      "What these modules export can't be placed apart:",
      'FeedService of moves: news answers with a live Observable, which stays in its process: offer async methods that answer with plain data, or publish an event.',
      'FeedService of moves: pages answers with a generator, which stays in its process: offer async methods that answer with plain data, or publish an event.',
      'Bell of moves: Bell is a live event emitter: offer async methods that answer with plain data, or publish an event.',
    ]);
  });

  const { LiveModule, LiveUserModule, LiveUser } = bound;
  const live = { moves: LiveModule, uses: LiveUserModule };
  refused(
    TABLE.live,
    live,
    LiveUser,
    true,
    'CACHE of moves: it is a live value, of which every process would have its own',
  );
  it('a value with state beside its methods is refused too', async () => {
    await expect(start(apart, live)).rejects.toThrow(
      'COUNTER of moves: it is a live value that keeps value beside its methods',
    );
  });

  const { AccountModule, AccountUserModule, AccountUser } = bound;
  refused(
    TABLE.instance,
    { moves: AccountModule, uses: AccountUserModule },
    AccountUser,
    5,
    'AccountService.find: the result is an instance of Account',
  );

  it('request scope: works together', async () => {
    const placed = await start(together, { moves: bound.BasketModule, uses: bound.BasketUserModule });
    const user = await placed.here.resolve(bound.BasketUser, undefined, { strict: false });
    expect(await user.see()).toEqual(['pear']);
  });
  it('request scope: is refused at start apart, by name and with the cure', async () => {
    proven.add(TABLE.request);
    await expect(start(apart, { moves: bound.BasketModule, uses: bound.BasketUserModule })).rejects.toThrow(
      /BasketService of moves: it lives per request .*: pass what it reads as arguments/,
    );
  });

  it('modules in a cycle: work together, and are refused at start apart', async () => {
    proven.add(TABLE.cycle);
    const pair = { moves: bound.HenModule, uses: bound.EggModule };
    expect(await (await start(together, pair)).ask(bound.EggService, (eggs) => eggs.hens.hatch())).toBe(
      'hen',
    );
    await expect(start(apart, pair)).rejects.toThrow(
      /HenService of moves: it injects through forwardRef.*break the cycle/,
    );
  });
});

describe('the page', () => {
  it('has no row that is not proven here or on servers', () => {
    expect([...proven]).toEqual(expect.arrayContaining(Object.values(TABLE)));
  });

  it('shows the table', () => {
    const page = readFileSync(join(__dirname, 'README.md'), 'utf8');
    expect(page).toContain(rendered([...Object.values(TABLE), ...Object.values(ON_SERVERS)]));
  });

  it('is about code that knows nothing of the platform', () => {
    for (const file of readdirSync(join(__dirname, 'shapes'))) {
      const source = readFileSync(join(__dirname, 'shapes', file), 'utf8');
      const imported = [...source.matchAll(/from '([^']+)'/g)].map(([, from]) => from as string);
      expect(imported.filter((from) => !/^(@nestjs\/|node:|rxjs$|typeorm$|bullmq$)/.test(from))).toEqual([]);
    }
  });
});
