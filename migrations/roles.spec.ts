import { Client } from 'pg';
import { type TestDatabase, testDatabase } from '#testing';

const COMMANDS = ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE'] as const;
type Command = (typeof COMMANDS)[number];

/** What a module may do on the platform's own tables. Of deliveries and attempts only its own rows: see below. */
const ON_PLATFORM: Record<string, readonly Command[]> = {
  attempts: ['SELECT', 'INSERT'],
  breaking_migrations: [],
  deliveries: ['SELECT', 'INSERT', 'UPDATE'],
  events: ['SELECT', 'INSERT'],
  in_work: ['SELECT', 'DELETE'],
  instances: ['SELECT'],
  paces: ['SELECT', 'INSERT', 'UPDATE'],
  listeners: ['SELECT'],
  migrations: [],
  subscriptions: ['SELECT'],
  work_floor: ['SELECT'],
};
const ON_OWN: readonly Command[] = ['SELECT', 'INSERT', 'UPDATE', 'DELETE'];

interface Table {
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly string[];
}

let database: TestDatabase;
let client: Client;
let modules: string[];
let tables: Table[];

beforeAll(async () => {
  database = await testDatabase();
  client = new Client({ connectionString: database.url });
  await client.connect();
  const schemas = `select nspname as name from pg_namespace where nspname !~ '^(pg_|information_schema$|public$|bullmq$|banyan$)' order by 1`;
  modules = (await database.query<{ name: string }>(schemas)).map((row) => row.name);
  tables = await database.query<{ schema: string; name: string; columns: string[] }>(
    `select table_schema as schema, table_name as name, array_agg(column_name::text order by ordinal_position) as columns
     from information_schema.columns join information_schema.tables using (table_schema, table_name)
     where is_generated = 'NEVER' and table_schema = any($1) and table_type = 'BASE TABLE' group by 1, 2 order by 1, 2`,
    [['banyan', ...modules]],
  );
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

/** Runs work as a module's role, and takes everything back. */
async function as<T>(module: string, work: () => Promise<T>): Promise<T> {
  await client.query('begin');
  try {
    await client.query(`set local role "banyan_${module}"`);
    return await work();
  } finally {
    await client.query('rollback');
  }
}

/** A statement that needs one right and changes no row, so that nothing but the right can refuse it. */
function attempt(command: Command, { schema, name, columns }: Table): string {
  const table = `"${schema}"."${name}"`;
  // The columns that a module settles its deliveries by; of every other table, all.
  const column = schema === 'banyan' && name === 'deliveries' ? 'state' : columns.at(-1);
  switch (command) {
    case 'SELECT':
      return `select * from ${table} limit 0`;
    case 'INSERT':
      return `insert into ${table} (${columns.map((each) => `"${each}"`)}) overriding system value
        select ${columns.map((each) => `(null::${table})."${each}"`)} where false`;
    case 'UPDATE':
      return `update ${table} set "${column}" = default where false`;
    case 'DELETE':
      return `delete from ${table} where false`;
    case 'TRUNCATE':
      return `truncate ${table}`;
  }
}

function wanted(module: string, table: Table): readonly Command[] {
  if (table.schema === module) return ON_OWN;
  return table.schema === 'banyan' ? (ON_PLATFORM[table.name] ?? []) : [];
}

/** The outcome of a statement: `ok`, or the SQLSTATE of its refusal. */
async function outcome(sql: string): Promise<string> {
  await client.query('savepoint attempt');
  try {
    await client.query(sql);
    return 'ok';
  } catch (error) {
    await client.query('rollback to savepoint attempt');
    return (error as { code: string }).code;
  }
}

describe('every role on every table', () => {
  it('there are modules, each with a role that can do nothing else', async () => {
    expect(modules.length).toBeGreaterThanOrEqual(10);
    const roles = await database.query(
      `select rolname from pg_roles where rolname = any($1) and not (rolsuper or rolcreaterole or rolcreatedb or rolbypassrls or rolcanlogin or rolreplication)`,
      [modules.map((module) => `banyan_${module}`)],
    );
    expect(roles).toHaveLength(modules.length);
    const memberships = await database.query<{ member: string; roles: string[] }>(
      `select member::regrole::text as member, array_agg(roleid::regrole::text) as roles from pg_auth_members
       where member::regrole::text = any($1) group by 1`,
      [modules.map((module) => `banyan_${module}`)],
    );
    for (const { roles: belongsTo } of memberships) expect(belongsTo).toEqual(['banyan_module']);
  });

  it('what is tried is what is intended: all on the own schema, nothing on others, little on the platform', async () => {
    const surprises: string[] = [];
    let tried = 0;
    for (const module of modules) {
      await as(module, async () => {
        for (const table of tables) {
          for (const command of COMMANDS) {
            tried += 1;
            const expected = wanted(module, table).includes(command) ? 'ok' : '42501';
            const seen = await outcome(attempt(command, table));
            if (seen !== expected)
              surprises.push(`${module}: ${command} ${table.schema}.${table.name}: ${seen}, not ${expected}`);
          }
        }
      });
    }
    expect(surprises).toEqual([]);
    expect(tried).toBe(modules.length * tables.length * COMMANDS.length);
  });

  it('the catalogue says the same', async () => {
    const rows = await database.query<{
      module: string;
      schema: string;
      name: string;
      command: Command;
      allowed: boolean;
    }>(
      `select module, t.schema, t.name, command, has_schema_privilege('banyan_' || module, t.schema, 'USAGE')
         and (has_table_privilege('banyan_' || module, format('%I.%I', t.schema, t.name), command)
           or command <> 'DELETE' and command <> 'TRUNCATE'
             and has_any_column_privilege('banyan_' || module, format('%I.%I', t.schema, t.name), command)) as allowed
       from unnest($1::text[]) module, unnest($2::text[], $3::text[]) t(schema, name), unnest($4::text[]) command`,
      [modules, tables.map((table) => table.schema), tables.map((table) => table.name), COMMANDS],
    );
    const surprises = rows.filter(
      ({ module, schema, name, command, allowed }) =>
        allowed !== wanted(module, { schema, name, columns: [] }).includes(command),
    );
    expect(surprises).toEqual([]);
    expect(rows).toHaveLength(modules.length * tables.length * COMMANDS.length);
  });

  // Not here: SET ROLE, which Postgres grants by the session's user. The roles keep out mistakes, not code that means to break in.
  it.each([
    'create table stock.mine (id int)',
    'create table banyan.mine (id int)',
    'create table public.mine (id int)',
    'create schema mine',
    'create role mine',
    `select banyan.found_module('mine')`,
    'alter table cart.carts add column mine int',
    'drop table cart.carts',
    'set local session_replication_role = replica',
    'create table cart.mine (id int)',
    'select * from bullmq.job',
  ])('a module can not: %s', async (sql) => {
    expect(await as('cart', () => outcome(sql))).toBe('42501');
  });

  it('the views show a module nothing: they run as the owner, past the policies of the tables', async () => {
    const views = await database.query<{ name: string; allowed: boolean }>(
      `select nspname || '.' || relname as name, has_table_privilege('banyan_module', c.oid, 'SELECT') as allowed
       from pg_class c join pg_namespace n on n.oid = relnamespace where relkind = 'v' and nspname = 'banyan'`,
    );
    expect(views.map(({ name }) => name)).toContain('banyan.delivery_states');
    expect(views.filter(({ allowed }) => allowed)).toEqual([]);
  });

  it('sequences are usable by their own module only', async () => {
    const rows = await database.query<{ module: string; sequence: string; own: boolean; allowed: boolean }>(
      `select module, c.oid::regclass::text as sequence, nspname = module as own,
         has_schema_privilege('banyan_' || module, n.oid, 'USAGE') and has_sequence_privilege('banyan_' || module, c.oid, 'USAGE') as allowed
       from unnest($1::text[]) module, pg_class c join pg_namespace n on n.oid = relnamespace
       where relkind = 'S' and nspname = any($1)`,
      [modules],
    );
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.filter(({ own, allowed }) => own !== allowed)).toEqual([]);
  });
});

describe('deliveries of other modules', () => {
  const pay = `insert into banyan.deliveries (listener, event_id, partition) values ('payment.charge', 1, 0)`;

  beforeEach(() =>
    database.query(`insert into banyan.deliveries (listener, event_id, partition, state, attempts) values
    ('cart.a', 1, 0, 'pending', 0), ('stock.a', 1, 0, 'pending', 0), ('stock.a', 2, 0, 'dead', 1), ('cartography.a', 1, 0, 'pending', 0)`),
  );
  afterEach(() => database.query('truncate banyan.deliveries, banyan.attempts, banyan.events'));

  it('are invisible', async () => {
    const { rows } = await as('cart', () => client.query('select listener from banyan.deliveries'));
    expect(rows).toEqual([{ listener: 'cart.a' }]);
  });

  it('can not be changed', async () => {
    const changed = await as('cart', () => client.query(`update banyan.deliveries set state = 'done'`));
    expect(changed.rowCount).toBe(1);
  });

  it('can be created pending for anybody, and in no other way', async () => {
    await as('cart', async () => {
      expect(await outcome(pay)).toBe('ok');
      expect(
        await outcome(
          `insert into banyan.deliveries (listener, event_id, partition, state) values ('payment.charge', 2, 0, 'done')`,
        ),
      ).toBe('42501');
      expect(
        await outcome(
          `insert into banyan.deliveries (listener, event_id, partition, attempts) values ('payment.charge', 2, 0, 3)`,
        ),
      ).toBe('42501');
    });
  });

  it('can not be given away: a delivery keeps its listener, event, key and partition', async () => {
    await as('cart', async () => {
      for (const column of ['listener', 'event_id', 'partition', 'key']) {
        expect(await outcome(`update banyan.deliveries set ${column} = ${column}`)).toBe('42501');
      }
    });
  });

  it('have attempts that only their own module records and sees', async () => {
    const row = `(listener, event_id, attempt, kind, error_class, message, app, instance, traceparent) values`;
    const values = `1, 1, 'fault', 'Error', 'm', 'a', 'i', '00-0-0-00')`;
    await database.query(`insert into banyan.attempts ${row} ('stock.a', ${values}`);
    await as('cart', async () => {
      expect(await outcome(`insert into banyan.attempts ${row} ('cart.a', ${values}`)).toBe('ok');
      expect(await outcome(`insert into banyan.attempts ${row} ('stock.a', ${values}`)).toBe('42501');
      expect((await client.query('select listener from banyan.attempts')).rows).toEqual([
        { listener: 'cart.a' },
      ]);
    });
  });

  it('events are not changed and not deleted by anybody', async () => {
    await as('cart', async () => {
      expect(
        await outcome(
          `insert into banyan.events (type, version, module, payload, traceparent) values ('A', 1, 'cart', '{}', '00-0-0-00')`,
        ),
      ).toBe('ok');
      expect(await outcome(`update banyan.events set payload = '{"a":1}'`)).toBe('42501');
      expect(await outcome('delete from banyan.events')).toBe('42501');
    });
  });
});
