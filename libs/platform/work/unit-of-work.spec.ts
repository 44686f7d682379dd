import { Injectable, Module } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { type RunningModules, startModules } from '#testing';
import { freshContext, inContext } from '../telemetry/call-context.js';
import { currentUnit } from './ambient.js';
import { beginning } from './begin.js';
import type { Unit } from './unit.js';
import { UnitOfWork } from './unit-of-work.js';
import { WorkModule } from './work.module.js';

@Injectable()
class Customers {
  constructor(readonly work: UnitOfWork) {}
}
@Injectable()
class Sellers {
  constructor(readonly work: UnitOfWork) {}
}
@Module({ imports: [WorkModule.as('customer')], providers: [Customers] })
class CustomerModule {}
@Module({ imports: [WorkModule.as('seller')], providers: [Sellers] })
class SellerModule {}

const ADD = 'insert into customer.test_things (name) values ($1)';

describe('a unit of work', () => {
  let app: RunningModules;
  let customers: UnitOfWork;
  let sellers: UnitOfWork;
  const names = async () =>
    (await app.query<{ name: string }>('select name from customer.test_things order by id')).map(
      (row) => row.name,
    );

  beforeAll(async () => {
    // One connection: whatever does not keep to the unit's own waits for itself, and the test with it.
    app = await startModules({ here: [CustomerModule, SellerModule], settings: { DATABASE_POOL: '1' } });
    customers = app.get(Customers).work;
    sellers = app.get(Sellers).work;
    await app.query(
      'create table customer.test_things (id int generated always as identity, name text unique)',
    );
    await app.query('grant select, insert, update on customer.test_things to banyan_customer');
  });
  beforeEach(() => app.query('truncate customer.test_things'));
  afterAll(() => app?.stop());

  it('works under its module’s own role, from the pool that all modules share', async () => {
    const role = (unit: Unit) => unit.query<{ role: string }>('select current_user as role');
    expect(await customers.run(role)).toEqual([{ role: 'banyan_customer' }]);
    expect(await sellers.run(role)).toEqual([{ role: 'banyan_seller' }]);
  });

  it('is refused by Postgres when it touches another module’s table', async () => {
    await expect(sellers.run((unit) => unit.query(ADD, ['x']))).rejects.toMatchObject({ code: '42501' });
    await expect(
      sellers.read((unit) => unit.query('select 1 from customer.test_things')),
    ).rejects.toMatchObject({ code: '42501' });
    expect(await names()).toEqual([]);
  });

  it('can’t write events in another module’s name', async () => {
    const forge = (module: string) =>
      customers.run((unit) =>
        unit.query(
          `insert into banyan.events (type, version, module, payload, traceparent) values ('Forged', 1, $1, '{}', '')`,
          [module],
        ),
      );
    await expect(forge('seller')).rejects.toMatchObject({ code: '42501' });
    await expect(forge('customer')).resolves.toEqual([]);
  });

  it('leaves no role behind on its connection', async () => {
    await customers.run((unit) => unit.query(ADD, ['a']));
    const [row] = await app.get(DataSource).query('select current_user = session_user as same');
    expect(row.same).toBe(true);
  });

  it('shows Postgres its trace while it is open, before and behind its statements, and nothing else', async () => {
    const context = freshContext({ operation: `'; drop table customer.test_things; --` });
    const seen: unknown[] = [];
    const look = async (pid: unknown) =>
      seen.push(
        ...(await app.query('select application_name, query from pg_stat_activity where pid = $1', [pid])),
      );
    const work = async (unit: Unit) => {
      const [row] = await unit.query<{ pid: number }>('select pg_backend_pid() as pid');
      await look(row?.pid);
      return row?.pid;
    };
    const pid = await inContext(context, () => customers.run(work));
    await look(pid);
    const forged = { traceId: `'; drop role banyan_customer; --`, spanId: 'x', sampled: true };
    await inContext(freshContext({ trace: forged }), () => customers.run(work));
    expect(seen).toEqual([
      { application_name: `together ${context.trace.traceId}`, query: 'select pg_backend_pid() as pid' },
      { application_name: 'together', query: 'COMMIT' },
      { application_name: 'together', query: 'select pg_backend_pid() as pid' },
    ]);
    const { traceId, spanId } = context.trace;
    expect(beginning('customer', "a'b", {}, context)).toBe(
      `BEGIN /*traceparent='00-${traceId}-${spanId}-01'*/; SET LOCAL ROLE "banyan_customer"; ` +
        `SET LOCAL application_name = 'a_b ${traceId}'`,
    );
  });

  it('commits all of its writes or none', async () => {
    const broken = customers.run(async (unit) => {
      await unit.query(ADD, ['a']);
      throw new Error('no');
    });
    await expect(broken).rejects.toThrow('no');
    expect(await names()).toEqual([]);
  });

  it('is joined by units of the same module inside it', async () => {
    await customers.run(async (unit) => {
      await unit.query(ADD, ['outer']);
      await customers.run((inner) => inner.query(ADD, ['inner']));
    });
    expect(await names()).toEqual(['outer', 'inner']);
  });

  it('refuses the unit of another module inside it, with the cure', async () => {
    const crossing = customers.run(() => sellers.run((unit) => unit.query('select 1')));
    await expect(crossing).rejects.toThrow(/Commit first, or publish an event/);
  });

  it('does not pass for success when a statement in it failed unnoticed', async () => {
    const careless = customers.run(async (unit) => {
      await unit.query(ADD, ['a']);
      await unit.query(ADD, ['a']).catch(() => undefined);
    });
    await expect(careless).rejects.toThrow(/rolled back at its commit/);
    expect(await names()).toEqual([]);
  });

  it('is over when it is over', async () => {
    let kept: Unit | undefined;
    await customers.run(async (unit) => {
      kept = unit;
    });
    await expect((kept as Unit).query('select 1')).rejects.toThrow(/used after its end/);
    expect(currentUnit()).toBeUndefined();
  });

  it('lets TypeORM save inside it, and makes TypeORM’s own transactions savepoints', async () => {
    await customers.run(async (unit) => {
      await unit.query(ADD, ['kept']);
      await unit.manager
        .transaction(async (nested) => {
          await nested.query(ADD, ['dropped']);
          throw new Error('only this part');
        })
        .catch(() => undefined);
    });
    expect(await names()).toEqual(['kept']);
  });

  it('runs what was to follow the commit after the commit, and never after a rollback', async () => {
    const done: string[] = [];
    await customers.run(async (unit) => {
      unit.afterCommit(() => done.push('committed'));
      expect(done).toEqual([]);
    });
    await customers
      .run(async (unit) => {
        unit.afterCommit(() => done.push('never'));
        throw new Error('no');
      })
      .catch(() => undefined);
    expect(done).toEqual(['committed']);
  });

  it('answers one statement under its role, and gives its connection back whatever comes of it', async () => {
    await customers.run((unit) => unit.query(ADD, ['a']));
    const [row] = await customers.ask<{ name: string; role: string }>(
      'select name, current_user as role from customer.test_things where name = $1',
      ['a'],
    );
    expect(row).toEqual({ name: 'a', role: 'banyan_customer' });
    await expect(sellers.ask('select 1 from customer.test_things')).rejects.toMatchObject({ code: '42501' });
    await expect(customers.ask(ADD, ['x'])).rejects.toMatchObject({ code: '25006' });
    await customers.run(async (unit) => {
      await unit.query(ADD, ['b']);
      expect(await customers.ask('select from customer.test_things')).toHaveLength(2); // sees what its unit has written
    });
    expect(await names()).toEqual(['a', 'b']);
  });

  it('leaves neither a role nor a transaction behind where it only asked, and answers after a failure', async () => {
    const source = app.get(DataSource);
    for (const sql of ['select 1 as n', 'select nonsense', 'no statement', 'select 1 / 0', 'select 1 as n']) {
      await customers.ask(sql).catch(() => undefined);
      const [row] = await source.query(
        `select current_user = session_user as same, current_setting('transaction_read_only') as only`,
      );
      expect(row).toEqual({ same: true, only: 'off' });
    }
    await expect(customers.ask('select nonsense')).rejects.toMatchObject({ code: '42703' });
    await expect(customers.ask('select nonsense')).rejects.toMatchObject({ code: '42703' });
    expect(await customers.ask('select 7 as n, $1::text as t, $2::jsonb as j', ['x', { a: 1 }])).toEqual([
      { n: 7, t: 'x', j: { a: 1 } },
    ]);
    const roles = await Promise.all(
      Array.from({ length: 60 }, (_, at) =>
        (at % 2 ? customers : sellers).ask('select current_user as role'),
      ),
    );
    expect(roles.map(([row]) => row?.['role'])).toEqual(
      Array.from({ length: 60 }, (_, at) => (at % 2 ? 'banyan_customer' : 'banyan_seller')),
    );
  });

  it('says what ended its connection, and asks on another one afterwards', async () => {
    const ended = customers.ask('select pg_terminate_backend(pg_backend_pid()), pg_sleep(5)');
    await expect(ended).rejects.toThrow(/terminat/);
    expect(await customers.ask('select 1 as n')).toEqual([{ n: 1 }]);
  });

  it('does not write when it only reads', async () => {
    await expect(customers.read((unit) => unit.query(ADD, ['x']))).rejects.toMatchObject({ code: '25006' });
  });

  it('says that its module was never founded, and not only that the transaction is aborted', async () => {
    const { UnitsOfWork } = await import('./units-of-work.js');
    const nobody = app.get(UnitsOfWork).of('nobody');
    await expect(nobody.run((unit) => unit.query('select 1'))).rejects.toThrow(
      /role "banyan_nobody" does not exist/,
    );
    await expect(nobody.ask('select 1')).rejects.toThrow(/role "banyan_nobody" does not exist/);
    await expect(nobody.run(async () => undefined)).rejects.toThrow(/role "banyan_nobody" does not exist/);
  });

  it('takes along what ordinary repositories write inside it, under its module’s role', async () => {
    const repositories = app.get(DataSource).manager;
    await customers
      .run(async () => {
        await repositories.query(ADD, ['by a repository']);
        throw new Error('changed my mind');
      })
      .catch(() => undefined);
    expect(await names()).toEqual([]);
    await customers.run(async () => {
      await repositories.query(ADD, ['by a repository']);
      await repositories.transaction((nested) => nested.query(ADD, ['nested']));
    });
    expect(await names()).toEqual(['by a repository', 'nested']);
    await expect(sellers.run(() => repositories.query(ADD, ['x']))).rejects.toMatchObject({ code: '42501' });
  });

  it('stays committed when what was to follow the commit fails', async () => {
    const done: string[] = [];
    await customers.run(async (unit) => {
      await unit.query(ADD, ['kept']);
      unit.afterCommit(() => {
        throw new Error('not the unit’s business any more');
      });
      unit.afterCommit(() => done.push('the next one'));
    });
    expect(await names()).toEqual(['kept']);
    expect(done).toEqual(['the next one']);
  });
});

describe('a unit of work that loses a race', () => {
  let app: RunningModules;
  beforeAll(async () => {
    app = await startModules({ here: [CustomerModule] });
    await app.query('create table customer.test_counters (id int primary key, n int not null)');
    await app.query('grant select, update on customer.test_counters to banyan_customer');
    await app.query('insert into customer.test_counters values (1, 0), (2, 0)');
  });
  afterAll(() => app?.stop());

  it('is run again from the start', async () => {
    const { work } = app.get(Customers);
    const bump = (ids: number[]) =>
      work.run(async (unit) => {
        for (const id of ids) {
          await unit.query('update customer.test_counters set n = n + 1 where id = $1', [id]);
          await unit.query('select pg_sleep(0.1)');
        }
      });
    await Promise.all([bump([1, 2]), bump([2, 1])]); // deadlock: one of them is the victim
    expect(await app.query('select n from customer.test_counters')).toEqual([{ n: 2 }, { n: 2 }]);
  });
});
