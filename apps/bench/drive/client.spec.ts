import { Client, Unanswered } from './client.js';
import { Requests } from './requests.js';
import { scriptedSystem } from './scripted-system.fixture.js';

let system: Awaited<ReturnType<typeof scriptedSystem>>;
let requests: Requests;
let client: Client;

beforeEach(async () => {
  system = await scriptedSystem(() => ({ status: 200, body: { fine: true } }));
  requests = new Requests();
  client = new Client(system.url, requests, 300);
});
afterEach(async () => {
  client.close();
  await system.stop();
});

it('reads an answer whatever its status, and counts what is not 2xx', async () => {
  expect(await client.send('GET', '/a', '/a')).toEqual({ status: 200, ok: true, body: '{"fine":true}' });
  system.script = () => ({ status: 503, body: { why: 'busy' } });
  expect(await client.send('POST', '/b/7', '/b/:id', { much: 'ü' })).toMatchObject({
    status: 503,
    ok: false,
  });
  expect(system.seen[1]?.body).toEqual({ much: 'ü' });
  expect(requests).toMatchObject({ sent: 2, failed: 1 });
  expect(requests.failures()).toEqual([
    { request: 'POST /b/:id', failure: '503', unknown: false, count: 1, sample: '{"why":"busy"}' },
  ]);
});

it('gives up on an answer that does not come, and says that the outcome is unknown', async () => {
  system.script = () => 'handled';
  await expect(client.send('GET', '/silent', '/silent')).rejects.toEqual(
    new Unanswered('TIMEOUT', 'GET /silent'),
  );
  expect(requests.failures()).toMatchObject([{ failure: 'TIMEOUT', unknown: true }]);
});

it('gives up on an answer that stops half way', async () => {
  system.script = (_, response) => {
    response.writeHead(200, { 'content-length': 100 });
    response.write('{"half":', () => response.destroy());
    return 'handled';
  };
  await expect(client.send('GET', '/half', '/half')).rejects.toBeInstanceOf(Unanswered);
});

it('waits for a system that went away until it is ready again, with one probe for all and none of it counted', async () => {
  await system.stop();
  await expect(client.send('GET', '/gone', '/gone')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  const waiting = Promise.all([
    client.present(() => false),
    client.present(() => false),
    client.present(() => false),
  ]);
  let starting = 2;
  system.script = () => (starting-- > 0 ? { status: 503 } : { status: 200 });
  await system.startAgain();
  expect(await waiting).toEqual([true, true, true]);
  expect(system.seen.map(({ path }) => path)).toEqual(['/health/ready', '/health/ready', '/health/ready']);
  expect(requests).toMatchObject({ sent: 1, failed: 1 });
});

it('stops waiting when it is told so', async () => {
  await system.stop();
  await expect(client.send('GET', '/gone', '/gone')).rejects.toBeInstanceOf(Unanswered);
  let asked = 0;
  expect(await client.present(() => ++asked > 2)).toBe(false);
  await system.startAgain();
});
