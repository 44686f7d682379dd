import { Controller, Headers, Injectable, Module, Post } from '@nestjs/common';
import { z } from 'zod';
import { type Backend, type RunningModules, startModules } from '#testing';
import { eventStory } from '../conservation/index.js';
import { callContext, freshContext } from '../telemetry/call-context.js';
import { originText, readOrigin } from '../telemetry/origin.js';
import type { Unit } from '../work/unit.js';
import { UnitOfWork } from '../work/unit-of-work.js';
import { WorkModule } from '../work/work.module.js';
import { event } from './event.js';
import { because } from './heard.js';
import { type Heard, Listens, ListensInBatches } from './listens.js';

const schema = z.object({ n: z.number() });
type Payload = { readonly n: number };
const Asked = event('TenantAsked', { from: 'customer', schema });
const Passed = event('TenantPassed', { from: 'seller', schema });

const seen: string[] = [];
const see = (who: string, { n }: Payload) => seen.push(`${who} ${n} ${callContext()?.tenant ?? 'nobody'}`);

@Controller()
class CustomerEdge {
  constructor(private readonly work: UnitOfWork) {}

  @Post('/ask')
  async ask(@Headers('x-guarded') guarded?: string): Promise<void> {
    const context = callContext();
    if (guarded && context) context.tenant = guarded; // as a guard that has found out more does
    await this.work.run(async (unit) => {
      unit.publish(Asked, { n: 1 });
      unit.publish(Asked, { n: 2 });
    });
  }
}
@Injectable()
class SellerListeners {
  @Listens({ name: 'seller.passes-on', to: Asked, backOff: { firstMs: 1 } })
  async pass({ payload, attempt }: Heard<Payload>, unit: Unit): Promise<void> {
    if (attempt === 1 && payload.n === 2) throw new Error('not yet');
    see('passes on', payload);
    unit.publish(Passed, payload);
  }
}
@Injectable()
class StockListeners {
  @ListensInBatches({ name: 'stock.batches', to: Passed })
  async hear(batch: readonly Heard<Payload>[], _: Unit): Promise<void> {
    for (const heard of batch) because(heard, () => see('batch', heard.payload));
  }
}
@Module({ imports: [WorkModule.as('customer')], controllers: [CustomerEdge] })
class CustomerModule {}
@Module({ imports: [WorkModule.as('seller')], providers: [SellerListeners] })
class SellerModule {}
@Module({ imports: [WorkModule.as('stock')], providers: [StockListeners] })
class StockModule {}

describe.each<[string, Backend, 'all' | undefined]>([
  ['together', 'postgres', undefined],
  ['apart', 'redis', 'all'],
])('the tenant of a request, modules %s over %s', (_, backend, apart) => {
  let app: RunningModules;
  beforeAll(async () => {
    const here = [CustomerModule, SellerModule, StockModule];
    app = await startModules({ here, backend, ...(apart && { apart }) });
  });
  afterAll(() => app?.stop());

  it.each([
    ['named in its header', { 'x-tenant-id': 'acme' }, 'acme'],
    [
      'found out by a guard, in any words',
      { 'x-guarded': 'a 100% =odd; tenant=one' },
      'a 100% =odd; tenant=one',
    ],
    ['that nobody named', {}, 'nobody'],
  ])('%s is there in every listener behind it', async (__, headers, tenant) => {
    seen.length = 0;
    expect((await app.http('POST', '/ask', undefined, headers)).status).toBe(201);
    await app.drain();
    expect(seen.sort()).toEqual(
      [1, 2].flatMap((n) => [`batch ${n} ${tenant}`]).concat([1, 2].map((n) => `passes on ${n} ${tenant}`)),
    );
  });

  it('stands beside the trace, which stays a traceparent for whoever looks from outside', async () => {
    const rows = await app.query(
      'select traceparent, tenant from banyan.published_events order by id limit 1',
    );
    expect(rows).toEqual([
      { traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/), tenant: 'acme' },
    ]);
    const tried = await app.query('select traceparent from banyan.attempts');
    expect(tried.map(({ traceparent }) => String(traceparent).length)).toEqual([55, 55, 55]);
    const reader = {
      query: async (sql: string, values: unknown[] = []) => ({ rows: await app.query(sql, values) }),
    };
    expect(await eventStory(reader, '1')).toMatchObject({
      tenant: 'acme',
      traceId: expect.stringMatching(/^\w{32}$/),
    });
  });
});

it('is kept in any words, and what nobody of us wrote is left as it is', () => {
  const context = freshContext({ tenant: 'half \ud800 of it' });
  expect(readOrigin(originText(context))).toMatchObject({
    tenant: 'half \ufffd of it',
    trace: context.trace,
  });
  expect(readOrigin('nonsense')).toEqual({ traceparent: 'nonsense', trace: undefined, tenant: undefined });
  expect(readOrigin('x tenant=%zz')).toEqual({ traceparent: 'x', trace: undefined, tenant: '%zz' });
});
