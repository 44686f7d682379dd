import { Bug } from '../bug.js';
import { Fault } from '../fault.js';
import { Refusal } from '../refusal.js';
import { errorToWire } from '../wire-error.js';
import { callHead } from './call-frame.js';
import { aCall, Calls, failure, gate, RawPeer } from './calls.fixture.js';
import { KIND } from './frame.js';
import type { RemoteAnswer, RemoteCall } from './remote-call.js';

const calls = new Calls();
afterEach(() => calls.end());

const SECONDS = { timeoutMs: 10_000 };

describe('a call between apps', () => {
  it('arrives as it was sent, with its context, and brings the answer back', async () => {
    const heard: RemoteCall[] = [];
    const { address } = await calls.server(async (call) => {
      heard.push(call);
      return { ok: true, value: '"äöü \u2028 🌳"' };
    });
    const call = aCall('find', ['ünïcödé'], {
      conversation: '17',
      causation: '18',
      hops: 2,
      remainingMs: 5_000,
    });
    expect(await calls.client().call(address, call, SECONDS)).toEqual({ ok: true, value: '"äöü \u2028 🌳"' });
    expect(heard).toEqual([{ ...call, context: { ...call.context, remainingMs: expect.any(Number) } }]);
    expect(heard[0]?.context.remainingMs).toBeLessThanOrEqual(5_000);
    expect(heard[0]?.context.remainingMs).toBeGreaterThan(4_000);
  });

  it('brings refusals, faults and bugs back as answers, not as failures of the way', async () => {
    const { address } = await calls.server(async ({ method }) => ({
      ok: false,
      error: errorToWire(
        method === 'refuse'
          ? new Refusal('stock.none', 'conflict', 'There is none.', { left: 0 })
          : new Bug('No.'),
        'StockApi',
      ),
    }));
    const client = calls.client();
    expect(await client.call(address, aCall('refuse'), SECONDS)).toEqual({
      ok: false,
      error: {
        no: 'refusal',
        code: 'stock.none',
        kind: 'conflict',
        message: 'There is none.',
        details: '{"left":0}',
      },
    });
    expect(await client.call(address, aCall('break'), SECONDS)).toEqual({
      ok: false,
      error: { no: 'bug', message: 'No.' },
    });
  });

  it('whose callee throws instead of answering gets a fault that says it may have acted', async () => {
    const { address } = await calls.server(() => {
      throw new TypeError('x is not a function');
    });
    expect(await calls.client().call(address, aCall('find'), SECONDS)).toMatchObject({
      ok: false,
      error: { no: 'fault', acted: 'maybe', message: expect.stringContaining('x is not a function') },
    });
  });

  it('keeps its answer apart from those of ten thousand others on the same connection', async () => {
    const later: (() => void)[] = [];
    // Answers come in another order than questions: in batches, each turned round.
    const server = await calls.server(
      ({ args }) =>
        new Promise<RemoteAnswer>((resolve) => {
          later.push(() => resolve({ ok: true, value: `{"told":${args}}` }));
          if (later.length > 1) return;
          setImmediate(() => {
            for (const tell of later.splice(0).reverse()) tell();
          });
        }),
    );
    const client = calls.client();
    const answers = await Promise.all(
      Array.from({ length: 10_000 }, (_, at) =>
        client.call(server.address, aCall('find', [at, 'x'.repeat(at % 900)]), SECONDS),
      ),
    );
    for (const [at, answer] of answers.entries()) {
      expect(answer).toEqual({ ok: true, value: `{"told":[${at},"${'x'.repeat(at % 900)}"]}` });
    }
    expect(server.load()).toEqual({ connections: 1, inWork: 0 });
    expect(client.links()).toEqual([
      { address: server.address, circuit: 'closed', connected: true, inFlight: 0, waiting: 0 },
    ]);
  });

  it('carries up to a megabyte either way, and is a bug beyond that', async () => {
    const { address } = await calls.server(async ({ method, args }) => ({
      ok: true,
      value: method === 'echo' ? args : `"${'x'.repeat(1_048_576)}"`,
    }));
    const client = calls.client();
    const fits = 'x'.repeat(1_048_000);
    expect(await client.call(address, aCall('echo', [fits]), SECONDS)).toEqual({
      ok: true,
      value: `["${fits}"]`,
    });
    const tooLong = await failure(client.call(address, aCall('echo', ['x'.repeat(1_048_576)]), SECONDS));
    expect(tooLong).toBeInstanceOf(Bug);
    expect(tooLong.message).toMatch(/StockApi\.echo of stock at .* 1048\d{3} bytes, and 1048576 are allowed/);
    expect(await client.call(address, aCall('much'), SECONDS)).toMatchObject({
      ok: false,
      error: { no: 'bug', message: expect.stringContaining('page it') },
    });
  });
});

describe('the time of a call', () => {
  it('is over at its deadline: the caller gets a fault that says it may have acted, the callee is told to stop', async () => {
    const stopped = gate<unknown>();
    const { address } = await calls.server((_, signal) => {
      signal.addEventListener('abort', () => stopped.open(signal.reason));
      return new Promise(() => undefined);
    });
    const fault = await failure(calls.client().call(address, aCall('hang'), { timeoutMs: 50 }));
    expect(fault).toBeInstanceOf(Fault);
    expect(fault.acted).toBe('maybe');
    expect(fault.message).toMatch(/StockApi\.hang of stock at .* did not answer within 50 ms/);
    expect(await stopped.opened).toBeInstanceOf(Fault);
  });

  it('is over at the callee too, where the caller does not say so', async () => {
    const stopped = gate<unknown>();
    const { address } = await calls.server((_, signal) => {
      signal.addEventListener('abort', () => stopped.open(signal.reason));
      return new Promise(() => undefined);
    });
    const peer = await RawPeer.proved(await calls.raw(address));
    await peer.heard(KIND.welcome);
    peer.send(KIND.call, 7, '[]', callHead(aCall('hang'), 60));
    expect(await stopped.opened).toMatchObject({ message: "StockApi.hang: its caller's time is over." });
  });

  it('is spent by waiting, and a call that was never sent says that nobody acted', async () => {
    const { address } = await calls.server(() => new Promise(() => undefined), {
      limits: { callsPerConnection: 1 },
    });
    const client = calls.client();
    const first = failure(client.call(address, aCall('hang'), { timeoutMs: 200 }));
    const second = await failure(client.call(address, aCall('hang'), { timeoutMs: 60 }));
    expect(second.acted).toBe('no');
    expect(second.message).toMatch(/could not be asked within 60 ms/);
    expect((await first).acted).toBe('maybe');
  });
});

describe('a caller that waits no longer', () => {
  it('stops the callee', async () => {
    const began = gate();
    const stopped = gate();
    const server = await calls.server(async (_, signal) => {
      began.open();
      await new Promise<void>((gone) => signal.addEventListener('abort', gone));
      stopped.open();
      return { ok: true, value: 'null' };
    });
    const giveUp = new AbortController();
    const client = calls.client();
    const call = failure(client.call(server.address, aCall('hang'), { ...SECONDS, signal: giveUp.signal }));
    await began.opened;
    giveUp.abort();
    expect((await call).acted).toBe('maybe');
    await stopped.opened;
    expect(client.links()[0]?.inFlight).toBe(0);
  });

  it('before the call is sent leaves the callee alone', async () => {
    const heard: string[] = [];
    const { address } = await calls.server(async ({ method, args }) => {
      heard.push(method);
      return { ok: true, value: args };
    });
    const giveUp = new AbortController();
    const client = calls.client();
    const waiting = failure(client.call(address, aCall('no'), { ...SECONDS, signal: giveUp.signal }));
    giveUp.abort();
    expect((await waiting).acted).toBe('no');
    expect(
      (await failure(client.call(address, aCall('no'), { ...SECONDS, signal: giveUp.signal }))).acted,
    ).toBe('no');
    await client.call(address, aCall('yes'), SECONDS);
    expect(heard).toEqual(['yes']);
  });
});
