import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { type RunningPostgres, startPostgres } from '#platform/embedded';
import { type TestDatabase, testDatabase } from '#testing';
import { migrationsFolder } from './migrate.js';
import { dumpSchema } from './schema-dump.js';

const STORED = readFileSync(join(migrationsFolder(), 'schema.sql'), 'utf8');

/** Rights as names, in order. */
const rights = (acl: string) => `(select array_agg(r order by r) from (
  select row(case grantee when 0 then 'public' else pg_get_userbyid(grantee) end, privilege_type, is_grantable)::text as r
  from aclexplode(${acl})) listed)`;
const roles = (oids: string) =>
  `(select array_agg(r order by r) from (select o::regrole::text as r from unnest(${oids}) o) listed)`;

/**
 * The catalogues as names and numbers that mean the same in every database: written apart from the dump, so that what one
 * forgets the other sees. Acls are completed with their defaults, as a grant makes Postgres write them out.
 */
const CATALOGUES: Record<string, string> = {
  schemas: `select nspname, ${rights("coalesce(nspacl, acldefault('n', nspowner))")} from pg_namespace n where $OURS`,
  relations: `select c.oid::regclass, relkind, relpersistence, relrowsecurity, relforcerowsecurity, relreplident,
    (select array_agg(o order by o) from unnest(reloptions) o),
    case when relkind in ('r', 'v', 'S') then
      ${rights(`coalesce(relacl, acldefault(case relkind when 'S' then 's' else 'r' end::"char", relowner))`)} end
    from pg_class c join pg_namespace n on n.oid = relnamespace where $OURS`,
  columns: `select attrelid::regclass, (select count(*) from pg_attribute b where b.attrelid = a.attrelid and b.attnum > 0 and not b.attisdropped and b.attnum <= a.attnum),
    attname, atttypid::regtype, atttypmod, attnotnull, attidentity, attgenerated, attcollation, attstorage, attcompression, pg_get_expr(adbin, adrelid),
    ${rights('attacl')}
    from pg_attribute a join pg_class c on c.oid = attrelid join pg_namespace n on n.oid = relnamespace
    left join pg_attrdef on adrelid = attrelid and adnum = attnum where attnum > 0 and not attisdropped and relkind <> 't' and $OURS`,
  constraints: `select conrelid::regclass, conname, contype, condeferrable, condeferred, convalidated, conenforced, confrelid::regclass, confupdtype, confdeltype,
    confmatchtype, pg_get_expr(conbin, conrelid),
    (select array_agg(attname order by place) from unnest(conkey) with ordinality k(num, place) join pg_attribute on attrelid = conrelid and attnum = num),
    (select array_agg(attname order by place) from unnest(confkey) with ordinality k(num, place) join pg_attribute on attrelid = confrelid and attnum = num)
    from pg_constraint join pg_namespace n on n.oid = connamespace where $OURS`,
  indexes: `select indexrelid::regclass, indrelid::regclass, indisunique, indnullsnotdistinct, indisprimary, indnkeyatts, indoption, amname,
    (select array_agg(opcname order by place) from unnest(indclass) with ordinality k(num, place) join pg_opclass o on o.oid = num),
    (select array_agg(attname order by place) from unnest(indkey) with ordinality k(num, place) left join pg_attribute on attrelid = indrelid and attnum = num),
    pg_get_expr(indexprs, indrelid), pg_get_expr(indpred, indrelid)
    from pg_index join pg_class c on c.oid = indexrelid join pg_am am on am.oid = relam join pg_namespace n on n.oid = relnamespace where $OURS`,
  sequences: `select seqrelid::regclass, seqtypid::regtype, seqstart, seqincrement, seqmin, seqmax, seqcycle,
    (select row(refobjid::regclass, refobjsubid, d.deptype)::text from pg_depend d where d.objid = seqrelid and d.deptype in ('a', 'i'))
    from pg_sequence join pg_class c on c.oid = seqrelid join pg_namespace n on n.oid = relnamespace where $OURS`,
  views: `select c.oid::regclass, pg_get_viewdef(c.oid) from pg_class c join pg_namespace n on n.oid = relnamespace
    where relkind = 'v' and $OURS`,
  policies: `select polrelid::regclass, polname, polcmd, polpermissive, ${roles('polroles')},
    pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)
    from pg_policy join pg_class c on c.oid = polrelid join pg_namespace n on n.oid = relnamespace where $OURS`,
  functions: `select p.oid::regprocedure, prosrc, prokind, prosecdef, proleakproof, proisstrict, provolatile, proparallel, prorettype::regtype, proconfig,
    ${rights("coalesce(proacl, acldefault('f', proowner))")}
    from pg_proc p join pg_namespace n on n.oid = pronamespace where $OURS`,
  'default rights': `select nspname, defaclobjtype, ${rights('defaclacl')}
    from pg_default_acl join pg_namespace n on n.oid = defaclnamespace where $OURS`,
  comments: `select classoid::regclass, coalesce(c.oid::regclass::text, objoid::regnamespace::text), objsubid, description
    from pg_description left join pg_class c on c.oid = objoid
    join pg_namespace n on n.oid in (relnamespace, objoid) where nspname <> 'public' and $OURS`,
  'triggers and types': `select 'trigger', pg_get_triggerdef(pg_trigger.oid) from pg_trigger join pg_class c on c.oid = tgrelid join pg_namespace n on n.oid = relnamespace
    where not tgisinternal and $OURS union all select 'type', typname from pg_type join pg_namespace n on n.oid = typnamespace where typtype in ('e', 'd', 'r') and $OURS`,
  // Of the cluster's roles those that this database names: specs beside this one make others.
  roles: `with named as (select distinct refobjid as oid from pg_shdepend where refclassid = 'pg_authid'::regclass
      and deptype in ('a', 'r') and dbid = (select oid from pg_database where datname = current_database()))
    select rolname, rolcanlogin, rolinherit, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb,
    ${roles('array(select member from pg_auth_members where roleid = r.oid and (member = current_user::regrole or member in (select oid from named)))')}
    from pg_roles r where r.oid in (select oid from named)`,
};

/** Everything in the catalogues, a line each. */
async function catalogues(client: Client): Promise<string[]> {
  await client.query(`set search_path to pg_catalog`);
  const lines: string[] = [];
  for (const [what, sql] of Object.entries(CATALOGUES)) {
    const ours = sql.replaceAll('$OURS', `nspname !~ '^(pg_|information_schema$|bullmq$)'`);
    const { rows } = await client.query<{ row: string }>(`select row(t.*)::text as row from (${ours}) t`);
    lines.push(...rows.map(({ row }) => `${what}: ${row}`));
  }
  await client.query('reset search_path');
  return lines.sort();
}

async function connected<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

let migrated: TestDatabase;

beforeAll(async () => {
  migrated = await testDatabase();
});
afterAll(() => migrated.drop());

describe('migrations/schema.sql', () => {
  it('is what the migrations make', async () => {
    const dump = await connected(migrated.url, dumpSchema);
    if (dump !== STORED) {
      const stored = new Set(STORED.split('\n'));
      const news = dump.split('\n').filter((line) => !stored.has(line));
      const cure = 'run `npm run schema:dump`, review the difference and commit it';
      throw new Error(`migrations/schema.sql is out of date: ${cure}. New lines:\n${news.join('\n')}`);
    }
  });

  describe('in a fresh cluster', () => {
    let dataDir: string;
    let postgres: RunningPostgres | undefined;

    beforeAll(async () => {
      dataDir = mkdtempSync(join(tmpdir(), 'banyan-schema-'));
      postgres = await startPostgres({ dataDir, durable: false });
    });
    afterAll(async () => {
      await postgres?.stop();
      rmSync(dataDir, { recursive: true, force: true });
    });

    it('makes the same catalogues as the migrations, down to roles and rights', async () => {
      const [fromSql, fromMigrations] = await Promise.all([
        connected(postgres?.url as string, async (client) => {
          await client.query(STORED);
          return catalogues(client);
        }),
        connected(migrated.url, catalogues),
      ]);
      expect(fromMigrations.length).toBeGreaterThan(300);
      const known = new Set(fromSql);
      const wanted = new Set(fromMigrations);
      expect({
        missing: fromMigrations.filter((line) => !known.has(line)),
        extra: fromSql.filter((line) => !wanted.has(line)),
      }).toEqual({ missing: [], extra: [] });
    });
  });
});

describe('the dump', () => {
  const before = { dump: '', catalogues: '' };
  beforeAll(() =>
    connected(migrated.url, async (client) => {
      before.dump = await dumpSchema(client);
      before.catalogues = (await catalogues(client)).join('\n');
    }),
  );

  it.each([
    'alter table stock.stock_items add column colour text',
    'alter table stock.stock_items alter column ytd drop default',
    'alter table stock.stock_items alter column ytd drop not null',
    'alter table stock.stock_items alter column ytd type bigint',
    'alter table stock.stock_items drop constraint stock_items_not_oversold',
    'alter table stock.stock_items set (fillfactor = 50)',
    'create index on stock.stock_items (ytd)',
    'create table stock.extra (id int)',
    'create table stock.parts (id int) partition by range (id)',
    'alter table banyan.events_0 disable row level security',
    'alter table stock.reservations add foreign key (seller_id, product_id) references stock.stock_items',
    'grant select on stock.stock_items to banyan_cart',
    'grant update (ytd) on stock.stock_items to banyan_cart',
    'revoke delete on stock.stock_items from banyan_stock',
    'grant usage on schema stock to banyan_cart',
    'alter default privileges in schema stock grant truncate on tables to banyan_stock',
    'alter table banyan.deliveries disable row level security',
    'alter policy own_deliveries on banyan.deliveries using (true)',
    'drop policy new_deliveries on banyan.deliveries',
    'drop trigger dead_letter_actions_are_kept on banyan.dead_letter_actions',
    'grant execute on function banyan.found_module to public',
    'create or replace view banyan.heard_types as select null::text as type, null::text as listener, null::text as module, true as ordered, now() as since',
    'grant select on banyan.heard_types to banyan_stock',
    `comment on column stock.stock_items.ytd is 'sold since the start'`,
    'alter table banyan.events alter column id set generated by default',
  ])('and the comparison both see: %s', async (change) => {
    await connected(migrated.url, async (client) => {
      await client.query('begin');
      await client.query(change);
      expect(await dumpSchema(client)).not.toBe(before.dump);
      expect((await catalogues(client)).join('\n')).not.toBe(before.catalogues);
      await client.query('rollback');
    });
  });

  it.each([
    ['create materialized view stock.low as select 1 as one', 'materialized view stock.low'],
    ["create type stock.size as enum ('big')", 'type stock.size'],
  ])('refuses what it can not write: %s', async (change, named) => {
    await connected(migrated.url, async (client) => {
      await client.query('begin');
      await client.query(change);
      await expect(dumpSchema(client)).rejects.toThrow(`can't write these yet: ${named}`);
      await client.query('rollback');
    });
  });
});
