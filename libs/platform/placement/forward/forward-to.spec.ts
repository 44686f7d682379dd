import Fastify from 'fastify';
import { freshContext, inContext } from '../../telemetry/call-context.js';
import { forwardTo } from './forward-to.js';
import { Forwarder } from './forwarder.js';
import { afterwards, closeAll, httpOrigin, memoryLog } from './sockets.fixture.js';

afterEach(closeAll);

/** An app on Fastify that parses JSON, as every Nest app does, and has given its module `/moved` away. */
async function appWithout(address: string, hook: 'onRequest' | 'preHandler') {
  const forwarder = new Forwarder({ log: memoryLog() });
  const app = Fastify();
  const own = freshContext();
  app.addHook('onRequest', (_, reply, done) => {
    reply.raw.setHeader('x-trace-id', own.trace.traceId);
    inContext(own, done);
  });
  app.addHook(hook, async (request, reply) => {
    if (request.url.startsWith('/moved')) forwardTo(forwarder, request, reply, { address, module: 'moved' });
  });
  app.post('/moved', async () => 'answered here');
  app.get('/here', async () => 'answered here');
  await app.listen({ port: 0, host: '127.0.0.1' });
  afterwards(async () => {
    await app.close();
    forwarder.close();
  });
  const { port } = app.server.address() as { port: number };
  return { url: `http://127.0.0.1:${port}`, own };
}

test('a Fastify app passes on what has moved, body unread, within its own trace, and answers the rest itself', async () => {
  const origin = await httpOrigin((request, response) => {
    response.writeHead(201, { 'x-saw': `${request.headers['content-type']} ${request.headers.traceparent}` });
    request.pipe(response);
  });
  const { url, own } = await appWithout(origin.address, 'onRequest');
  const body = '{ "spaced" :  1, "broken": ';
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${url}/moved`, { method: 'POST', body, headers });
  expect([answer.status, await answer.text()]).toEqual([201, body]);
  expect(answer.headers.get('x-saw')).toMatch(`application/json 00-${own.trace.traceId}-`);
  expect(answer.headers.get('x-trace-id')).toBe(own.trace.traceId);
  expect(await (await fetch(`${url}/here`)).text()).toBe('answered here');
});

test('forwarding after the body was read is a bug, said with the cure', async () => {
  const origin = await httpOrigin((_, response) => void response.end());
  const { url } = await appWithout(origin.address, 'preHandler');
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${url}/moved`, { method: 'POST', body: '{}', headers });
  expect(answer.status).toBe(500);
  expect(await answer.text()).toContain('Forward it in an onRequest hook.');
});
