import { callHead } from './call-frame.js';
import { aCall, Calls, echo, failure, gate, RawPeer } from './calls.fixture.js';
import { KIND } from './frame.js';
import type { RemoteAnswer } from './remote-call.js';

const calls = new Calls();
afterEach(() => calls.end());

const SECONDS = { timeoutMs: 10_000 };
const DONE: RemoteAnswer = { ok: true, value: '"done"' };

describe('a server that stops', () => {
  it('answers what it works on, and then closes its connections', async () => {
    const begun = gate();
    const finish = gate();
    const server = await calls.server(async () => {
      begun.open();
      await finish.opened;
      return DONE;
    });
    const client = calls.client();
    const call = client.call(server.address, aCall('find'), SECONDS);
    await begun.opened;
    const stopped = server.stop(10_000);
    finish.open();
    expect(await call).toEqual(DONE);
    await stopped;
    expect(server.load()).toEqual({ connections: 0, inWork: 0 });
  });

  it('takes nothing new, and says that it surely did not act', async () => {
    const begun = gate();
    const finish = gate();
    const server = await calls.server(async () => {
      begun.open();
      await finish.opened;
      return DONE;
    });
    const peer = await RawPeer.proved(await calls.raw(server.address));
    await peer.heard(KIND.welcome);
    peer.send(KIND.call, 1, '[]', callHead(aCall('find'), 10_000));
    await begun.opened;
    const stopped = server.stop(10_000);
    await peer.heard(KIND.goodbye);
    peer.send(KIND.call, 2, '[]', callHead(aCall('find'), 10_000));
    expect(await peer.heard(KIND.notTaken)).toMatchObject({
      id: 2,
      body: expect.stringContaining('it is stopping'),
    });
    finish.open();
    expect(await peer.heard(KIND.answer)).toMatchObject({ id: 1, body: '"done"' });
    await Promise.all([stopped, peer.closed]);
  });

  it('is left by its callers for who listens there next: not one call is lost', async () => {
    const begun = gate();
    const finish = gate();
    const old = await calls.server(async () => {
      begun.open();
      await finish.opened;
      return DONE;
    });
    const client = calls.client({ pauseMs: 5, attempts: 50, failures: 100 });
    const first = client.call(old.address, aCall('find'), SECONDS);
    await begun.opened;
    const stopped = old.stop(10_000);
    const during = [1, 2, 3].map((at) => client.call(old.address, aCall('find', [at]), SECONDS));
    await calls.server(echo, { port: Number(old.address.split(':')[1]) });
    expect(await Promise.all(during)).toEqual([1, 2, 3].map((at) => ({ ok: true, value: `[${at}]` })));
    finish.open();
    expect(await first).toEqual(DONE);
    await stopped;
  });

  it('does not wait longer than its deadline: callers hear that it may have acted, the work that it must stop', async () => {
    const begun = gate();
    const told = gate<unknown>();
    const server = await calls.server((_, signal) => {
      signal.addEventListener('abort', () => told.open(signal.reason));
      begun.open();
      return new Promise(() => undefined);
    });
    const call = calls.client().call(server.address, aCall('hang'), SECONDS);
    await begun.opened;
    await server.stop(30);
    expect(await call).toMatchObject({ ok: false, error: { no: 'fault', acted: 'maybe' } });
    expect(await told.opened).toMatchObject({ message: expect.stringContaining('its app stopped') });
  });

  it('drops who neither reads nor closes', async () => {
    const server = await calls.server();
    const peer = await RawPeer.proved(await calls.raw(server.address));
    await peer.heard(KIND.welcome);
    peer.socket.pause();
    await server.stop(0);
    expect(server.load().connections).toBe(0);
  });

  it('can be stopped twice, and does not answer afterwards', async () => {
    const server = await calls.server();
    await Promise.all([server.stop(0), server.stop(1_000)]);
    const fault = await failure(calls.client({ pauseMs: 1 }).call(server.address, aCall('find'), SECONDS));
    expect(fault.acted).toBe('no');
  });
});

describe('a server that has too much to do', () => {
  it('says so at once, and its callers ask again a moment later', async () => {
    const finish = gate();
    const begun = gate();
    const server = await calls.server(
      async ({ method }) => {
        begun.open();
        if (method === 'slow') await finish.opened;
        return DONE;
      },
      { limits: { calls: 1 } },
    );
    const [one, other] = [calls.client(), calls.client({ attempts: 1 })];
    const slow = one.call(server.address, aCall('slow'), SECONDS);
    await begun.opened;
    const refused = await failure(other.call(server.address, aCall('quick'), SECONDS));
    expect(refused.acted).toBe('no');
    expect(refused.message).toMatch(/was not taken: it works on 1 calls already, .*: ask again later/);
    const patient = calls.client({ attempts: 100, pauseMs: 1 });
    const again = patient.call(server.address, aCall('quick'), SECONDS);
    finish.open();
    expect(await Promise.all([slow, again])).toEqual([DONE, DONE]);
  });

  it('by the size of what it was sent takes nothing more either', async () => {
    const finish = gate();
    const server = await calls.server(
      async () => {
        await finish.opened;
        return DONE;
      },
      { limits: { callChars: 1_500_000 } },
    );
    const client = calls.client({ attempts: 1 });
    const long = ['x'.repeat(1_000_000)];
    const first = client.call(server.address, aCall('slow', long), SECONDS);
    expect((await failure(client.call(server.address, aCall('slow', long), SECONDS))).acted).toBe('no');
    finish.open();
    expect(await first).toEqual(DONE);
    expect(await client.call(server.address, aCall('slow', long), SECONDS)).toEqual(DONE);
  });

  it('counts what still runs, whether or not its caller waits for it', async () => {
    const finish = gate();
    const server = await calls.server(
      async () => {
        await finish.opened;
        return DONE;
      },
      { limits: { calls: 2 } },
    );
    const client = calls.client({ attempts: 1 });
    await Promise.all(
      [1, 2].map(() => failure(client.call(server.address, aCall('slow'), { timeoutMs: 30 }))),
    );
    expect(server.load().inWork).toBe(2);
    expect((await failure(client.call(server.address, aCall('slow'), SECONDS))).acted).toBe('no');
    finish.open();
    expect(await client.call(server.address, aCall('slow'), SECONDS)).toEqual(DONE);
  });
});
