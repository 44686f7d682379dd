import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { type TestDatabase, type TestRedis, testDatabase, testRedis } from '#testing';
import { banyan } from '../cli/banyan.fixture.js';
import { buildIfOlder, type StartedShop, startShop, until } from '../start/started-shop.fixture.js';

/** A secret per place where one is planted, so that whoever finds one knows where it came from. */
const CANARY = {
  redisUrl: 'canary-redisurl',
  callSecret: 'canary-callsecret-0123',
  environment: 'canary-environment',
  providerUrl: 'canary-providerurl',
  authorization: 'canary-authorization',
  basic: Buffer.from('ada:canary-basic').toString('base64'),
  cookie: 'canary-cookie',
  apiKey: 'canary-apikey',
  query: 'canary-query',
  wrongBody: 'canary-wrongbody',
  notJson: 'canary-notjson',
  nested: 'canary-nested',
  cardNumber: '4539578763621486',
  cardCode: 'canary-cardcode',
  cardHolder: 'canary-cardholder',
  payload: 'canary-payload',
} as const;

const ADDRESS = { Street: 's', Complement: '', City: 'c', State: 's', ZipCode: 'z' };
const CARD = {
  CardNumber: CANARY.cardNumber,
  CardHolderName: CANARY.cardHolder,
  CardExpiration: '1239',
  CardSecurityNumber: '987',
};
const CHECKOUT = {
  ...{ FirstName: 'Ada', LastName: 'V', ...ADDRESS, ...CARD },
  ...{ PaymentType: 'CREDIT_CARD', CardBrand: 'VISA', Installments: 1 },
};
const ITEM = {
  ProductName: 'Oak stool',
  UnitPrice: 79.5,
  FreightValue: 4.9,
  Quantity: 1,
  Voucher: 0,
  Version: '0',
};
const HEADERS = {
  authorization: `Bearer ${CANARY.authorization}`,
  'proxy-authorization': `Basic ${CANARY.basic}`,
  cookie: `theme=dark; sid=${CANARY.cookie}`,
  'x-api-key': CANARY.apiKey,
};

let folder: string;
let database: TestDatabase;
let redis: TestRedis | undefined;
let shop: StartedShop;
let odd: string;

beforeAll(buildIfOlder);

describe.each([
  ['postgres', 'together', []],
  ['redis', 'partly apart', ['--split', '--apart', 'payment,stock']],
] as const)('canary secrets in everything that the marketplace on %s, %s, is given', (backend, _, words) => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'banyan-canaries-'));
    database = await testDatabase();
    redis = backend === 'redis' ? await testRedis() : undefined;
    const settings = {
      DATABASE_URL: database.url,
      DATABASE_POOL: '6',
      REDIS_URL: redis ? withPassword(redis.url, CANARY.redisUrl) : '',
      CALL_SECRET: CANARY.callSecret,
      STRIPE_API_KEY: CANARY.environment,
      // fetch refuses addresses with credentials, and quotes the whole address in its error.
      PAYMENT_PROVIDER_URL: `http://shop:${CANARY.providerUrl}@127.0.0.1:9`,
      LOG_LEVEL: 'trace',
      LOG_FORMAT: 'json',
    };
    shop = await startShop({ folder, settings, words });
    await plant();
    odd = await publishOddEvent();
    const tried = `select count(distinct listener) from banyan.attempts where listener in ('stock.reserve', 'payment.charge')`;
    await until(async () => (await count(tried)) === 2, 30_000);
  }, 120_000);
  afterAll(async () => {
    shop.signal('SIGINT');
    await shop.ended();
    await redis?.drop();
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('are found in no line, and in nothing else that the processes say', () => {
    expect(shop.said()).toContain('"operation"');
    expect(found(shop.said())).toEqual([]);
  });

  it('are found in no event, attempt, delivery, queue, span or kept line', async () => {
    const client = new Client({ connectionString: database.url });
    await client.connect();
    const { rows: tables } = await client.query(
      `select quote_ident(schemaname) || '.' || quote_ident(tablename) as name from pg_tables
       where schemaname in ('banyan', 'bullmq', 'telemetry')`,
    );
    expect(tables.length).toBeGreaterThan(8);
    const leaks: string[] = [];
    for (const { name } of tables) {
      const { rows } = await client.query(`select t::text as row from ${name} t`);
      leaks.push(...found(rows.map(({ row }) => row).join('\n')).map((leak) => `${name} ${leak}`));
    }
    await client.end();
    // What an event says is its listeners' to have: the event itself keeps it, and nothing else does.
    const quoted = `select count(*) from banyan.attempts where event_id = ${odd} and message like '%token=[hidden]%'`;
    expect(await count(quoted)).toBeGreaterThan(0);
    const itself = /^banyan\.events(?:_\d+)? payload: /;
    expect(leaks.some((leak) => itself.test(leak))).toBe(true);
    expect(leaks.filter((leak) => !itself.test(leak))).toEqual([]);
  });

  it('are found in no metric, no answer about health, and no dead letter as it is shown', async () => {
    const ask = async (words: string) =>
      (await banyan(`${words} --json`, { settings: { DATABASE_URL: database.url } })).raw;
    const { instances } = JSON.parse(await ask('instances')) as {
      instances: { httpAddress: string; modules: string[] }[];
    };
    const apps = instances.filter(({ modules }) => modules.length > 0); // a facade has none
    expect(apps).toHaveLength(words.length > 0 ? 3 : 1);
    for (const { httpAddress } of apps)
      for (const path of ['/metrics', '/health/ready', '/docs-json', '/questions/logs?limit=1000']) {
        const answer = await fetch(httpAddress + path);
        expect(answer.status).toBe(200);
        expect(found(await answer.text())).toEqual([]);
      }
    expect(await ask(`dead-letters show stock.reserve ${odd}`)).toContain('[hidden]');
    for (const command of [
      ...['dead-letters list', 'dead-letters groups', `dead-letters show stock.reserve ${odd}`],
      ...[`events show ${odd}`, 'instances', 'behaviors', 'logs --limit 5000'],
    ])
      expect(found(await ask(command))).toEqual([]);
  });

  if (backend === 'redis')
    it('are found nowhere in Redis', async () => {
      const client = new Redis(redis?.url ?? '');
      const keys = await client.keys('*');
      expect(keys.length).toBeGreaterThan(3);
      const dumps = await Promise.all(keys.map((key) => client.dumpBuffer(key)));
      await client.quit();
      expect(found([...keys, ...dumps.map((dump) => dump?.toString('latin1'))].join('\n'))).toEqual([]);
    });
});

/** The password of the database is a real one, so it is its own canary. */
function withPassword(address: string, password: string): string {
  const url = new URL(address);
  url.password = password;
  return url.href;
}

const found = (text: string): string[] =>
  Object.entries({ ...CANARY, databaseUrl: new URL(database.url).password })
    .filter(([, secret]) => text.includes(secret))
    .map(
      ([place, secret]) =>
        `${place}: ...${text.slice(Math.max(0, text.indexOf(secret) - 160), text.indexOf(secret) + 60)}`,
    );

async function count(sql: string): Promise<number> {
  const [row] = await database.query<{ count: string }>(sql);
  return Number(row?.count);
}

/**
 * Publishes, as code of an older release might have, an event that holds a secret, under a name that says so and in a text that its
 * listener takes for a number. Answers its id.
 */
async function publishOddEvent(): Promise<string> {
  const token = `token=${CANARY.payload}`;
  const payload = {
    timestamp: new Date().toISOString(),
    customerCheckout: { CustomerId: 3, FirstName: 'Ada', password: CANARY.payload, deep: [{ note: token }] },
    items: [{ ...ITEM, SellerId: token, ProductId: token, Quantity: token }],
    instanceId: 'canary-tid-3',
  };
  const [event] = await database.query<{ id: string }>(
    `with event as (insert into banyan.events (type, version, module, key, payload, traceparent)
       values ('ReserveStock', 1, 'cart', 'customer:3', $1, $2) returning id)
     insert into banyan.deliveries (listener, event_id, partition, key)
       select 'stock.reserve', id, 1, 'customer:3' from event returning event_id::text as id`,
    [payload, `00-${'e'.repeat(32)}-${'e'.repeat(16)}-01`],
  );
  return (event as { id: string }).id;
}

/** Sends secrets by every way into the shop: what is right, what is refused, and what is no HTTP at all. */
async function plant(): Promise<void> {
  const send = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    fetch(shop.url + path, {
      method,
      headers: { 'content-type': 'application/json', ...HEADERS, ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    }).then(async (answer) => [answer.status, await answer.text()] as const);
  const bought = async (customer: number) => {
    await send('PATCH', `/cart/${customer}/add?token=${CANARY.query}`, {
      SellerId: 1,
      ProductId: 1,
      ...ITEM,
    });
    return send('POST', `/cart/${customer}/checkout`, {
      CustomerId: customer,
      instanceId: `canary-tid-${customer}`,
      ...CHECKOUT,
    });
  };
  expect((await bought(1))[0]).toBe(202);
  const answers = [
    await send('GET', `/nowhere?password=${CANARY.query}&access_token=${CANARY.query}`),
    await send('POST', '/cart/2/checkout', {
      ...CHECKOUT,
      CustomerId: 2,
      password: { deep: [CANARY.nested] },
      CardSecurityNumber: { code: CANARY.cardCode },
    }),
    await send('POST', '/customer', {
      id: 'x',
      card_number: CANARY.cardNumber,
      card_security_number: CANARY.cardCode,
      password: CANARY.wrongBody,
    }),
    await send('PATCH', '/cart/2/add', { SellerId: CANARY.wrongBody, token: CANARY.wrongBody }),
    await send('POST', '/customer', `{"password": "${CANARY.notJson}", `),
    await send('GET', `/customer/token=${CANARY.query}`),
  ];
  expect(answers.map(([status]) => status).every((status) => status >= 400 && status < 500)).toBe(true);
  expect(
    answers
      .map(([, text]) => text)
      .join('\n')
      .match(/canary-(?:notjson|cardcode|nested)/g),
  ).toBe(null);
}
