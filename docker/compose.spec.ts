import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { loadSettings } from '#platform/config';
import { parseCompose, readCompose, type Service, servicesOf, violationsOf } from './compose.fixture.js';
import { imageEnvironment, ROOT } from './container.fixture.js';

const TOGETHER = ['compose.yml'];
const APART = ['compose.yml', 'compose.apart.yml'];
const SET = { POSTGRES_PASSWORD: 'f00d', CALL_SECRET: 'c0ffee'.repeat(8) };
const SERVERS = ['postgres', 'redis'];

/** The names of the business modules, as the tree has them. */
const MODULES = readdirSync(join(ROOT, 'libs/marketplace')).filter((name) =>
  existsSync(join(ROOT, 'libs/marketplace', name, `${name}.module.ts`)),
);

const applications = (files: readonly string[]): [string, Service][] =>
  Object.entries(servicesOf(files, SET)).filter(([name]) => !SERVERS.includes(name));

describe.each([
  ['together', TOGETHER],
  ['apart', APART],
])('compose, %s', (_, files) => {
  it('follows the compose specification, file by file and merged', () => {
    for (const file of files) expect([file, violationsOf(parseCompose(file))]).toEqual([file, []]);
    expect(violationsOf(readCompose(files, SET))).toEqual([]);
  });

  it('names only apps that exist, and builds each from the one Dockerfile', () => {
    for (const [name, { build }] of applications(files)) {
      expect([name, build?.context, build?.dockerfile]).toEqual([name, '..', 'docker/Dockerfile']);
      const main = `apps/${build?.args.APP}/main.ts`;
      expect([main, existsSync(join(ROOT, main))]).toEqual([main, true]);
    }
  });

  it('gives each application settings that it knows and accepts, and leads it to both servers', () => {
    for (const [, { environment = {} }] of applications(files)) {
      const texts = Object.entries(environment).map(([name, value]) => [name, String(value)]);
      const known = Object.keys(loadSettings({ env: {}, file: '' }));
      expect(texts.filter(([name]) => !known.includes(name as string))).toEqual([]);
      const settings = loadSettings({
        env: { ...imageEnvironment(), ...Object.fromEntries(texts) },
        file: '',
      });
      expect(settings.DATABASE_URL).toBe('postgres://banyan:f00d@postgres:5432/banyan');
      expect(settings.REDIS_URL).toBe('redis://redis:6379');
      expect(settings.CALL_SECRET).toBe(SET.CALL_SECRET);
    }
  });

  it('lets the application in at 127.0.0.1:3000 and nobody else from outside', () => {
    const open = Object.entries(servicesOf(files, SET)).flatMap(([name, { ports = [] }]) =>
      ports.map((port) => `${name} ${port}`),
    );
    expect(open).toEqual(['shop 127.0.0.1:3000:3000']);
  });

  it('locks every application in: nothing to write to, no rights, bounded memory and processes, time to stop', () => {
    for (const [name, service] of applications(files)) {
      expect([name, service]).toEqual([
        name,
        expect.objectContaining({
          read_only: true,
          cap_drop: ['ALL'],
          security_opt: ['no-new-privileges:true'],
          mem_limit: expect.stringMatching(/^\d+[mg]$/),
          pids_limit: expect.any(Number),
          restart: 'unless-stopped',
        }),
      ]);
      expect(service).not.toHaveProperty('user');
      expect(Number.parseInt(String(service['stop_grace_period']), 10)).toBeGreaterThanOrEqual(10);
    }
  });

  it('starts applications when the servers answer, and gives those a folder that outlives them', () => {
    const compose = readCompose(files, SET);
    const services = compose['services'] as Record<string, Service>;
    const healthy = { condition: 'service_healthy' };
    for (const [, service] of applications(files))
      expect(service['depends_on']).toEqual({ postgres: healthy, redis: healthy });
    for (const name of SERVERS) {
      expect(services[name]).toHaveProperty('healthcheck.test');
      const volumes = (services[name]?.['volumes'] ?? []) as string[];
      expect(Object.keys(compose['volumes'] as object)).toContain(volumes[0]?.split(':')[0]);
    }
  });

  it('runs Redis so that no job is evicted and none is lost by a restart', () => {
    const { redis, postgres } = servicesOf(files, SET);
    expect(redis?.command).toMatch(/--maxmemory-policy noeviction .*--appendonly yes/);
    expect([postgres?.image, redis?.image]).toEqual(['postgres:18-bookworm', 'redis:7-bookworm']);
  });

  it('leaves Postgres connections to spare when every pool is full', () => {
    const limit = Number(
      /max_connections=(\d+)/.exec(servicesOf(files, SET)['postgres']?.command ?? '')?.[1],
    );
    const pools = applications(files).map(
      ([, { environment = {} }]) =>
        loadSettings({ env: { DATABASE_POOL: String(environment['DATABASE_POOL'] ?? '') }, file: '' })
          .DATABASE_POOL,
    );
    expect(pools.reduce((sum, pool) => sum + pool, 0)).toBeLessThanOrEqual(limit * 0.75);
  });

  it.each([
    [
      'POSTGRES_PASSWORD',
      /^required variable POSTGRES_PASSWORD is missing a value: Export a password .* makes one\.$/,
    ],
    ['CALL_SECRET', /^required variable CALL_SECRET is missing a value: Export a secret .* makes one\.$/],
  ])('is refused with a sentence when %s is missing', (name, sentence) => {
    expect(() => readCompose(files, { ...SET, [name]: '' })).toThrow(sentence);
  });
});

describe('compose', () => {
  it('runs the marketplace together, and apart the facade and every module, each by itself', () => {
    const apps = (files: readonly string[]) =>
      applications(files).map(([name, { build }]) => [name, build?.args.APP]);
    expect(apps(TOGETHER)).toEqual([['shop', 'marketplace']]);
    expect(apps(APART).sort()).toEqual(
      [['shop', 'facade'], ...MODULES.map((name) => [name, `services/${name}`])].sort(),
    );
  });

  it('gives every application of its own an image of its own', () => {
    const images = [...applications(TOGETHER), ...applications(APART)].map(([, { image }]) => image);
    expect(new Set(images).size).toBe(images.length);
  });

  it('would hear of a word that the specification does not know', () => {
    const { services, ...rest } = parseCompose('compose.yml');
    const shop = {
      ...(services as Record<string, object>)['shop'],
      read_olny: true,
      depends_on: { redis: { condition: 'healthy' } },
    };
    expect(violationsOf({ ...rest, services: { shop } })).toEqual(
      expect.arrayContaining([
        '/services/shop must NOT have additional properties',
        '/services/shop/depends_on/redis/condition must be equal to one of the allowed values',
      ]),
    );
  });
});
