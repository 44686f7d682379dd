import { randomUUID } from 'node:crypto';
import { chmodSync, chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Module } from '@nestjs/common';
import { Client } from 'pg';
import { type TestDatabase, testDatabase } from '#testing';
import { loadSettings } from '../../config/index.js';
import { findBinaries } from '../../embedded/binaries.js';
import { type Cluster, endPostmaster, launch, makeCluster, OWNER } from '../../embedded/cluster.js';
import { makeShelter, serverUser } from '../../embedded/home.js';
import { freePort } from '../../embedded/ports.js';
import { WorkModule } from '../../work/index.js';
import { host } from '../host.js';
import { connectionsBeside, refuseCrowd } from './connection-budget.js';

const settings = (env: Record<string, string> = {}) =>
  loadSettings({
    file: '',
    env: { ...{ NODE_ENV: 'test', PORT: '0', CALL_SECRET: 'known to this test only' }, ...env },
  });

describe('a Postgres that gives 30 connections', () => {
  const password = randomUUID();
  let folder: string;
  let cluster: Cluster;
  let url: string;
  let client: Client;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'banyan-small-'));
    chmodSync(folder, 0o755);
    const user = await serverUser(join(folder, 'cluster'));
    if (user) chownSync(folder, user.uid, user.gid);
    const binaries = await findBinaries(user, () => makeShelter(user));
    cluster = { folder: join(folder, 'cluster'), log: join(folder, 'log'), user, binaries };
    await makeCluster(cluster, password, false);
    const port = await freePort();
    const small = {
      max_connections: '30',
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      fsync: 'off',
    };
    expect(await launch(cluster, port, small)).toBeUndefined();
    url = `postgres://${OWNER}:${password}@127.0.0.1:${port}/postgres`;
    client = new Client({ connectionString: url });
    await client.connect();
  });
  afterAll(async () => {
    await client?.end();
    await endPostmaster(cluster.folder, 5_000);
    rmSync(folder, { recursive: true, force: true });
  });

  it('takes what fits, to the last one', async () => {
    await refuseCrowd(client, url, [
      { pool: 8, beside: 3 },
      { pool: 8, beside: 3 },
    ]); // 22, and five for commands and people: 27, with three for superusers
  });

  it('is refused one more, with what would fit', async () => {
    const needs = [
      { pool: 9, beside: 3 },
      { pool: 8, beside: 3 },
    ];
    await expect(refuseCrowd(client, url, needs)).rejects.toMatchObject({
      name: 'StartError',
      message: `The 2 processes of this placement may take 28 connections, and Postgres at ${new URL(url).host} gives 27: set DATABASE_POOL=8, or raise max_connections there by 1.`,
    });
    const many = Array.from({ length: 9 }, () => ({ pool: 8, beside: 3 }));
    await expect(refuseCrowd(client, url, many)).rejects.toThrow(
      /gives 27: raise max_connections there by 77\./,
    );
  });
});

it('counts what an app takes beside its pool', () => {
  const alone = { TELEMETRY_STORE: 'false', REDIS_URL: 'redis://127.0.0.1:1' };
  expect(connectionsBeside(settings(alone), 4)).toBe(5);
  expect(connectionsBeside(settings({ ...alone, REDIS_URL: '' }), 4)).toBe(5 + 4 + 6);
  expect(connectionsBeside(settings({ ...alone, TELEMETRY_STORE: 'true' }), 4)).toBe(6);
  const elsewhere = { TELEMETRY_STORE: 'true', TELEMETRY_DATABASE_URL: 'postgres://elsewhere/store' };
  expect(connectionsBeside(settings({ ...alone, ...elsewhere }), 4)).toBe(5);
});

describe('apps that are started one by one', () => {
  let database: TestDatabase;
  const lines: { level: string; message: string; app: string }[] = [];
  beforeAll(async () => {
    database = await testDatabase();
  });
  afterAll(() => database.drop());

  it('warn from the one on that does not fit', async () => {
    @Module({ imports: [WorkModule.as('stock')] })
    class StockModule {}
    const env = {
      DATABASE_URL: database.url,
      DATABASE_POOL: '150',
      TELEMETRY_STORE: 'false',
      LOG_LEVEL: 'warn',
    };
    const start = (name: string) =>
      host({
        name,
        here: [StockModule],
        settings: settings(env),
        linesTo: { write: (line) => void lines.push(JSON.parse(line)) },
      });
    const one = await start('one');
    const two = await start('two');
    await one.stop();
    await two.stop();
    expect(lines.filter(({ message }) => message.includes('connections'))).toMatchObject([
      {
        ...{ level: 'warn', app: 'two' },
        message:
          'With 2 instances like this one, up to 329 connections may be taken, and Postgres gives 297: set DATABASE_POOL=134, or raise max_connections there by 32',
      },
    ]);
  });
});
