import { Redis } from 'ioredis';
import { Client } from 'pg';
import { EMPTY, testDatabase, testTemplate } from './test-database.js';
import { testRedis } from './test-redis.js';

describe('a test database', () => {
  it('has the migrated schema, and nothing of it reaches another clone', async () => {
    const [first, second] = await Promise.all([testDatabase(), testDatabase()]);
    try {
      await first.query('create table public.only_here (id int)');
      const tables = `select table_name from information_schema.tables where table_name in ('only_here', 'migrations')`;
      expect((await first.query(tables)).map((row) => row['table_name']).sort()).toEqual([
        'migrations',
        'only_here',
      ]);
      expect(await second.query(tables)).toEqual([{ table_name: 'migrations' }]);
    } finally {
      await Promise.all([first.drop(), second.drop()]);
    }
  });

  it('is gone after drop', async () => {
    const database = await testDatabase({ template: EMPTY });
    await database.query('select 1');
    await database.drop();
    await expect(new Client({ connectionString: database.url }).connect()).rejects.toThrow('does not exist');
  });

  it('refuses a drop that finds an open session, names it, and ends it', async () => {
    const database = await testDatabase({ template: EMPTY });
    const leak = new Client({ connectionString: database.url, application_name: 'a forgotten worker' });
    const ended = new Promise((resolve) => leak.on('error', resolve)); // the last word, then the closed socket: the first counts
    await leak.connect();
    await leak.query('select 42');
    await expect(database.drop()).rejects.toThrow(/1 session.*\n {2}a forgotten worker \(idle\): select 42/);
    await expect(ended).resolves.toThrow('terminating connection');
    await expect(new Client({ connectionString: database.url }).connect()).rejects.toThrow('does not exist');
  });

  it('comes from a template of its own that is filled once for many askers', async () => {
    let fills = 0;
    const fill = async (url: string) => {
      fills += 1;
      const client = new Client({ connectionString: url });
      await client.connect();
      await client.query('create table filled as select 7 as seven');
      await client.end();
    };
    await Promise.all([1, 2, 3].map(() => testTemplate('filled_once', fill)));
    const database = await testDatabase({ template: 'filled_once' });
    expect(await database.query('select seven from filled')).toEqual([{ seven: 7 }]);
    expect(fills).toBe(1);
    await database.drop();
  });

  it('says what to do when its template is unknown', async () => {
    await expect(testDatabase({ template: 'nonesuch' })).rejects.toThrow('make it with testTemplate() first');
  });
});

describe('a test Redis', () => {
  it('is separate from the next one, and empty after drop', async () => {
    const [first, second] = await Promise.all([testRedis(), testRedis()]);
    expect(first.prefix).not.toBe(second.prefix);
    const one = new Redis(first.url);
    const other = new Redis(second.url);
    await one.set('key', 'value');
    expect(await other.get('key')).toBeNull();
    await Promise.all([one.quit(), other.quit()]);
    await Promise.all([first.drop(), second.drop()]);
    const later = new Redis(first.url);
    expect(await later.dbsize()).toBe(0);
    await later.quit();
  });

  it('refuses a drop that finds an open connection, and names it', async () => {
    const redis = await testRedis();
    const leak = new Redis(redis.url, { connectionName: 'forgotten' });
    await leak.ping();
    await expect(redis.drop()).rejects.toThrow(/1 connection.*\n.*name=forgotten/);
    await leak.quit();
  });

  it('never evicts', async () => {
    const redis = await testRedis();
    const client = new Redis(redis.url);
    const answer = await client.config('GET', 'maxmemory-policy');
    expect(JSON.stringify(answer)).toContain('noeviction');
    await client.quit();
    await redis.drop();
  });
});
