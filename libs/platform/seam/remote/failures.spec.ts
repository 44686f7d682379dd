import type { Socket } from 'node:net';
import { Bug } from '../bug.js';
import { Fault } from '../fault.js';
import { CallClient } from './call-client.js';
import { aCall, Calls, echo, failure, gate, until } from './calls.fixture.js';
import type { ServerLimits } from './limits.js';
import type { RemoteAnswer, RemoteCall } from './remote-call.js';

const calls = new Calls();
afterEach(() => calls.end());

const SECONDS = { timeoutMs: 10_000 };
const QUICK = { pauseMs: 1, longestPauseMs: 5 };

/** An address where nobody listens. */
async function nobody(): Promise<string> {
  const { address, server } = await calls.stranger(() => undefined);
  await new Promise((resolve) => server.close(resolve));
  return address;
}

describe('a callee that is not there', () => {
  it('is a fault that says that nobody acted, with the cause', async () => {
    const fault = await failure(calls.client(QUICK).call(await nobody(), aCall('find'), SECONDS));
    expect(fault).toBeInstanceOf(Fault);
    expect(fault.acted).toBe('no');
    expect(fault.message).toMatch(
      /StockApi\.find of stock at 127.*could not be asked: ECONNREFUSED\. See whether it runs/,
    );
  });

  it('and comes while the caller still tries again is called', async () => {
    const address = await nobody();
    const client = calls.client({ pauseMs: 20, attempts: 50, failures: 100 });
    const answer = client.call(address, aCall('find', ['late']), SECONDS);
    await calls.server(echo, { port: Number(address.split(':')[1]) });
    expect(await answer).toEqual({ ok: true, value: '["late"]' });
  });

  it('that does not take the connection costs no more than the time to connect', async () => {
    const { address } = await calls.stranger(() => undefined);
    const client = calls.client({ ...QUICK, connectMs: 30 });
    const fault = await failure(client.call(address, aCall('find'), SECONDS));
    expect(fault.acted).toBe('no');
    expect(fault.message).toContain('no connection within 30 ms');
  });

  it('under an address that is none is a bug', async () => {
    const client = calls.client();
    for (const address of ['', 'localhost', 'localhost:0', 'localhost:99999', 'http://localhost:80']) {
      const bug = await failure(client.call(address, aCall('find'), SECONDS));
      expect(bug).toBeInstanceOf(Bug);
      expect(bug.message).toContain('is no address for calls');
    }
  });
});

describe('a callee that dies in the middle of a call', () => {
  it('is asked what had not been sent to it once it is back', async () => {
    const { address, hanging, cut } = await throughATunnel({ callsPerConnection: 1 });
    const client = calls.client(QUICK);
    const sent = failure(client.call(address, aCall('hang'), SECONDS));
    const unsent = client.call(address, aCall('find', ['kept']), SECONDS);
    await hanging;
    cut();
    expect((await sent).acted).toBe('maybe');
    expect(await unsent).toEqual({ ok: true, value: '["kept"]' });
  });

  it('may have acted, which its caller is told', async () => {
    const { address, hanging, cut } = await throughATunnel();
    const call = failure(calls.client().call(address, aCall('hang'), SECONDS));
    await hanging;
    cut();
    const fault = await call;
    expect(fault.acted).toBe('maybe');
    expect(fault.message).toMatch(
      /lost the connection before its answer came \(ECONNRESET\); it may have acted/,
    );
  });

  it('does not hold up the next call: a new connection is made', async () => {
    const { address, hanging, cut } = await throughATunnel();
    const client = calls.client();
    const lost = failure(client.call(address, aCall('hang'), SECONDS));
    await hanging;
    cut();
    await lost;
    expect(await client.call(address, aCall('find', [2]), SECONDS)).toEqual({ ok: true, value: '[2]' });
    expect(client.links()).toMatchObject([{ circuit: 'closed', connected: true }]);
  });

  it('each time it is called opens the circuit', async () => {
    const { address, cut } = await throughATunnel({}, 'at every call');
    const client = calls.client({ failures: 2, openMs: 60_000 });
    for (const call of [1, 2])
      expect((await failure(client.call(address, aCall('hang', [call]), SECONDS))).acted).toBe('maybe');
    const refused = await failure(client.call(address, aCall('find'), SECONDS));
    expect(refused.acted).toBe('no');
    expect(refused.message).toContain('calls to it fail (ECONNRESET)');
    cut();
  });
});

/** A way to a server that echoes, except for `hang`, on which a test can cut the connections that there are. */
async function throughATunnel(limits: Partial<ServerLimits> = {}, when?: 'at every call') {
  const hanging = gate();
  const ways: Socket[] = [];
  const cut = () => {
    for (const way of ways.splice(0)) way.resetAndDestroy();
  };
  const answer = (call: RemoteCall): Promise<RemoteAnswer> => {
    if (call.method !== 'hang') return echo(call);
    hanging.open();
    if (when !== undefined) cut();
    return new Promise(() => undefined);
  };
  const server = await calls.server(answer, { limits });
  const { address } = await calls.stranger(async (socket) => {
    ways.push(socket);
    const onward = await calls.raw(server.address);
    onward.pipe(socket).pipe(onward);
    socket.on('close', () => onward.destroy());
  });
  return { address, hanging: hanging.opened, cut };
}

describe('a callee that is silent', () => {
  const silent = { silenceMs: 20, failures: 3, openMs: 60_000 };

  it('opens the circuit: later calls are refused at once, surely without effect', async () => {
    const { address } = await calls.server(() => new Promise(() => undefined));
    const client = calls.client(silent);
    const first = await Promise.all(
      [1, 2, 3].map(() => failure(client.call(address, aCall('find'), { timeoutMs: 40 }))),
    );
    expect(first.map(({ acted }) => acted)).toEqual(['maybe', 'maybe', 'maybe']);
    const began = performance.now();
    const refused = await failure(client.call(address, aCall('find'), SECONDS));
    expect(performance.now() - began).toBeLessThan(20);
    expect(refused.acted).toBe('no');
    expect(refused.message).toMatch(
      /calls to it fail \(nothing was heard from it for \d+ ms\), so it is left alone/,
    );
    expect(client.links()).toMatchObject([{ circuit: 'open' }]);
  });

  it('is not held to be sick for calls that were given too little time', async () => {
    const { address } = await calls.server(() => new Promise(() => undefined));
    const client = calls.client({ ...silent, silenceMs: 10_000 });
    for (let call = 0; call < 4; call++) await failure(client.call(address, aCall('find'), { timeoutMs: 5 }));
    expect(client.links()).toMatchObject([{ circuit: 'closed' }]);
  });

  it('in one method only is not held to be sick', async () => {
    const { address } = await calls.server((call) =>
      call.method === 'slow' ? new Promise(() => undefined) : echo(call),
    );
    const client = calls.client({ ...silent, silenceMs: 60 });
    const slow = [1, 2, 3, 4].map(() => failure(client.call(address, aCall('slow'), { timeoutMs: 100 })));
    let over = false;
    const all = Promise.all(slow).then(() => {
      over = true;
    });
    while (!over) await client.call(address, aCall('quick'), SECONDS);
    await all;
    expect(client.links()).toMatchObject([{ circuit: 'closed' }]);
  });

  it('is asked again by one call after a while, and then by all', async () => {
    let well = false;
    let asked = 0;
    const { address } = await calls.server((call) => {
      asked++;
      return well ? echo(call) : new Promise(() => undefined);
    });
    const client = calls.client({ ...silent, openMs: 50, longestOpenMs: 50 });
    await Promise.all([1, 2, 3].map(() => failure(client.call(address, aCall('find'), { timeoutMs: 40 }))));
    well = true;
    asked = 0;
    await until(() => client.links()[0]?.circuit === 'half-open');
    const many = await Promise.allSettled(
      [1, 2, 3].map((at) => client.call(address, aCall('find', [at]), SECONDS)),
    );
    expect(many.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
    expect(asked).toBe(1);
    expect(client.links()).toMatchObject([{ circuit: 'closed', connected: true }]);
    await client.call(address, aCall('find'), SECONDS);
  });

  it('and asked by a caller that gives up does not stay closed off for ever', async () => {
    const { address } = await calls.server(() => new Promise(() => undefined));
    const client = calls.client({ ...silent, openMs: 20, longestOpenMs: 20 });
    await Promise.all([1, 2, 3].map(() => failure(client.call(address, aCall('find'), { timeoutMs: 40 }))));
    for (let probe = 0; probe < 3; probe++) {
      await until(() => client.links()[0]?.circuit === 'half-open');
      const giveUp = new AbortController();
      const call = failure(client.call(address, aCall('find'), { ...SECONDS, signal: giveUp.signal }));
      await until(() => client.links()[0]?.inFlight === 1);
      giveUp.abort();
      expect((await call).acted).toBe('maybe');
    }
  });
});

describe('the calls that wait at a caller', () => {
  it('are bounded in number and in size: one more is refused at once', async () => {
    const { address } = await calls.stranger(() => undefined);
    const limited = calls.client({ waiting: 3 });
    const waiting = [1, 2, 3].map(() => failure(limited.call(address, aCall('find'), { timeoutMs: 40 })));
    const fourth = await failure(limited.call(address, aCall('find'), SECONDS));
    expect(fourth.acted).toBe('no');
    expect(fourth.message).toContain('3 calls wait for it already');
    await Promise.all(waiting);
    expect(limited.links()).toMatchObject([{ waiting: 0 }]);

    const small = calls.client({ waitingChars: 1_000 });
    const long = failure(small.call(address, aCall('find', ['x'.repeat(900)]), { timeoutMs: 40 }));
    expect((await failure(small.call(address, aCall('find', ['x'.repeat(900)]), SECONDS))).acted).toBe('no');
    await long;
  });

  it('stay where they can be taken back while the callee does not read', async () => {
    const server = await calls.server(() => new Promise(() => undefined), {
      limits: { callsPerConnection: 10_000 },
    });
    let stuck!: Socket;
    const { address } = await calls.stranger(async (socket) => {
      const onward = await calls.raw(server.address);
      onward.pipe(socket);
      socket.on('data', (chunk) => onward.write(chunk));
      onward.once('data', () => onward.once('data', () => socket.pause()));
      stuck = socket;
    });
    const client = calls.client({ unsentBytes: 100_000, waitingChars: 100_000_000 });
    const half = 'x'.repeat(500_000);
    const all = Array.from({ length: 40 }, () =>
      failure(client.call(address, aCall('find', [half]), { timeoutMs: 300 })),
    );
    const acted = (await Promise.all(all)).map((fault) => fault.acted);
    expect(acted.filter((word) => word === 'no').length).toBeGreaterThan(10);
    expect(acted.filter((word) => word === 'maybe').length).toBeGreaterThan(0);
    stuck.destroy();
  });

  it('fail when the caller stops, as surely not done; those under way as maybe done', async () => {
    const { address } = await calls.server(() => new Promise(() => undefined), {
      limits: { callsPerConnection: 1 },
    });
    const client = new CallClient({ secret: 'a secret of thirty-two letters..', name: 'test' });
    const sent = failure(client.call(address, aCall('sent'), SECONDS));
    const waits = failure(client.call(address, aCall('waits'), SECONDS));
    await until(() => client.links()[0]?.inFlight === 1);
    await client.close();
    expect((await sent).acted).toBe('maybe');
    expect((await waits).acted).toBe('no');
    expect((await failure(client.call(address, aCall('after'), SECONDS))).acted).toBe('no');
    expect((await failure(client.call('127.0.0.1:1', aCall('after'), SECONDS))).acted).toBe('no');
  });
});

it('an address that nobody calls any more is forgotten with its connection', async () => {
  const [old, other] = [await calls.server(), await calls.server()];
  const client = calls.client({ idleMs: 0 });
  await client.call(old.address, aCall('find'), SECONDS);
  const then = performance.now();
  await until(() => performance.now() > then);
  await client.call(other.address, aCall('find'), SECONDS);
  expect(client.links().map(({ address }) => address)).toEqual([other.address]);
  await until(() => old.load().connections === 0);
});
