import { randomBytes } from 'node:crypto';
import { Bug } from '../bug.js';
import { callHead } from './call-frame.js';
import { aCall, Calls, echo, failure, RawPeer, SECRET, until } from './calls.fixture.js';
import { encodeFrames, KIND } from './frame.js';

const calls = new Calls();
afterEach(() => calls.end());

const SECONDS = { timeoutMs: 10_000 };

/** Somebody well-behaved on the same server, who must notice nothing. */
async function others(address: string) {
  const client = calls.client();
  return async () => {
    for (let at = 0; at < 20; at++) {
      expect(await client.call(address, aCall('find', [at]), SECONDS)).toEqual({
        ok: true,
        value: `[${at}]`,
      });
    }
    expect(client.links()).toMatchObject([{ circuit: 'closed', connected: true }]);
  };
}

describe('the shared secret', () => {
  it('that is another one is refused by name, with the cure on both sides', async () => {
    const { address } = await calls.server();
    const fault = await failure(
      calls.client({ pauseMs: 1 }, 'quite another secret').call(address, aCall('find'), SECONDS),
    );
    expect(fault.acted).toBe('no');
    expect(fault.message).toContain(
      'Your secret for calls between apps is not mine: give all apps the same one.',
    );
    expect(calls.log.lines).toContainEqual(expect.stringContaining('its secret for calls is not ours'));
    expect(calls.log.lines.join()).not.toContain(SECRET);
  });

  it('that is too short is a bug on both sides', async () => {
    expect(() => calls.client({}, 'short')).toThrow(Bug);
    await expect(calls.server(echo, { secret: 'short' })).rejects.toThrow(/5 characters: give it 16 or more/);
  });

  it('must be known by the server too: it is told nothing before that', async () => {
    let heard = '';
    const { address } = await calls.stranger((socket) => {
      socket.on('data', (chunk) => {
        heard += chunk.toString('latin1');
        const welcome = JSON.stringify({ proof: 'f'.repeat(64), frameBytes: 1_000_000, calls: 10 });
        socket.write(encodeFrames([{ kind: KIND.welcome, id: 0, head: '', body: welcome }]));
      });
      const hello = JSON.stringify({ protocol: 1, nonce: 'n' });
      socket.write(encodeFrames([{ kind: KIND.hello, id: 0, head: '', body: hello }]));
    });
    const fault = await failure(
      calls.client({ pauseMs: 1 }).call(address, aCall('find', ['private']), SECONDS),
    );
    expect(fault.acted).toBe('no');
    expect(fault.message).toContain('does not know the secret');
    expect(heard).not.toContain('private');
  });

  it('proved by what was overheard on another connection is refused', async () => {
    const { address } = await calls.server();
    const overheard = await RawPeer.proved(await calls.raw(address));
    await overheard.heard(KIND.welcome);
    const thief = new RawPeer(await calls.raw(address));
    await thief.heard(KIND.hello);
    thief.socket.write(overheard.proofSent);
    await thief.heard(KIND.refused);
    await thief.closed;
  });

  it('can be tried once on a connection', async () => {
    const { address } = await calls.server();
    const peer = await RawPeer.proved(await calls.raw(address), 'quite another secret');
    await peer.heard(KIND.refused);
    peer.prove(SECRET);
    await expect(peer.heard(KIND.welcome)).rejects.toThrow('The connection ended');
  });

  it('of another version of the protocol is told apart from a wrong one', async () => {
    const { address } = await calls.stranger((socket) => {
      const hello = JSON.stringify({ protocol: 2, nonce: 'n' });
      socket.write(encodeFrames([{ kind: KIND.hello, id: 0, head: '', body: hello }]));
    });
    const fault = await failure(calls.client({ pauseMs: 1 }).call(address, aCall('find'), SECONDS));
    expect(fault.message).toContain(
      'it speaks version 2 of the protocol for calls, and this app 1: deploy them',
    );
  });
});

describe('who does not know the secret', () => {
  const strange: readonly [string, Buffer][] = [
    ['an HTTP request', Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')],
    ['zeros: 47 KB of frames without content', Buffer.alloc(47_000)],
    ['random bytes', randomBytes(47_000)],
    [
      'a call before the proof',
      encodeFrames([{ kind: KIND.call, id: 1, head: callHead(aCall('find'), 1), body: '[]' }]),
    ],
    ['a proof that is no JSON', encodeFrames([{ kind: KIND.proof, id: 0, head: '', body: '{{{' }])],
    [
      'a proof that is deep JSON',
      encodeFrames([{ kind: KIND.proof, id: 0, head: '', body: '['.repeat(900) }]),
    ],
    ['a proof of 2 KB', encodeFrames([{ kind: KIND.proof, id: 0, head: '', body: 'x'.repeat(2_000) }])],
  ];
  it.each(strange)('and sends %s is dropped, and others notice nothing', async (_, bytes) => {
    const { address } = await calls.server();
    const notice = await others(address);
    const peer = new RawPeer(await calls.raw(address));
    peer.socket.write(bytes);
    await peer.closed;
    await notice();
  });

  it('and says nothing is dropped after a while', async () => {
    const server = await calls.server(echo, { limits: { handshakeMs: 30 } });
    const peer = new RawPeer(await calls.raw(server.address));
    await peer.closed;
    await until(() => server.load().connections === 0);
  });

  it('and comes too often is not let in beyond a number of connections', async () => {
    const server = await calls.server(echo, { limits: { connections: 2 } });
    const notice = await others(server.address);
    await notice();
    const second = new RawPeer(await calls.raw(server.address));
    await second.heard(KIND.hello);
    const third = new RawPeer(await calls.raw(server.address));
    await third.closed;
    expect(server.load().connections).toBe(2);
    await notice();
  });

  it('cannot fill the log', async () => {
    const { address } = await calls.server();
    for (let at = 0; at < 30; at++) {
      const peer = new RawPeer(await calls.raw(address));
      peer.socket.write('GET / HTTP/1.1\r\n\r\n');
      await peer.closed;
    }
    expect(calls.log.lines.filter((line) => line.includes('of a stranger')).length).toBeLessThanOrEqual(2);
  });
});

describe('an app that knows the secret and goes wrong', () => {
  const broken: readonly [string, Buffer][] = [
    ['an oversize frame', Buffer.from([0x7f, 0xff, 0xff, 0xff, 5])],
    ['47 KB of frames without content', Buffer.alloc(47_000)],
    ['a frame whose head is longer than itself', Buffer.from([0, 0, 0, 9, 5, 0, 0, 0, 1, 0, 0, 0, 200])],
    ['a kind that no client sends', encodeFrames([{ kind: 99, id: 1, head: '', body: '' }])],
    ['a call that is no JSON', encodeFrames([{ kind: KIND.call, id: 1, head: '{', body: '' }])],
    [
      'a call without a chain',
      encodeFrames([{ kind: KIND.call, id: 1, head: '{"module":"stock"}', body: '' }]),
    ],
    [
      'a call with half a head',
      encodeFrames([{ kind: KIND.call, id: 1, head: '{"chain":[],"module":1}', body: '' }]),
    ],
    [
      'a call 100,000 levels deep',
      encodeFrames([{ kind: KIND.call, id: 1, head: '['.repeat(100_000), body: '' }]),
    ],
  ];
  it.each(broken)('and sends %s is dropped, and others notice nothing', async (_, bytes) => {
    const { address } = await calls.server();
    const notice = await others(address);
    const peer = await RawPeer.proved(await calls.raw(address));
    await peer.heard(KIND.welcome);
    peer.socket.write(bytes);
    await peer.closed;
    await notice();
  });

  it('and sends 47 KB of cancellations of nothing is borne', async () => {
    const { address } = await calls.server();
    const notice = await others(address);
    const peer = await RawPeer.proved(await calls.raw(address));
    await peer.heard(KIND.welcome);
    const cancel = { kind: KIND.cancel, id: 5, head: '', body: '' };
    peer.socket.write(encodeFrames(Array.from({ length: 3_600 }, () => cancel)));
    await notice();
    peer.send(KIND.call, 1, '"still heard"', callHead(aCall('find'), 1_000));
    expect((await peer.heard(KIND.answer)).body).toBe('"still heard"');
  });

  it('and begins a frame that it does not end is dropped', async () => {
    const { address } = await calls.server(echo, { limits: { frameMs: 30 } });
    const peer = await RawPeer.proved(await calls.raw(address));
    await peer.heard(KIND.welcome);
    peer.socket.write(Buffer.from([0, 0, 1, 0, KIND.call]));
    await peer.closed;
    expect(calls.log.lines).toContainEqual(expect.stringContaining('a part of a frame and then nothing'));
  });

  it('and hides objects under __proto__ changes nothing at the callee', async () => {
    const heard: unknown[] = [];
    const { address } = await calls.server(async (call) => {
      heard.push(call.context);
      return echo(call);
    });
    const peer = await RawPeer.proved(await calls.raw(address));
    await peer.heard(KIND.welcome);
    const head = `{"__proto__":{"admin":true},"constructor":{},"admin":true,${callHead(aCall('find'), 1_000).slice(1)}`;
    peer.send(KIND.call, 1, '[]', head);
    await peer.heard(KIND.answer);
    expect(Object.keys(heard[0] as object).sort()).toEqual([
      'caller',
      'chain',
      'hops',
      'remainingMs',
      'traceparent',
    ]);
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  it('and uses a number twice is dropped', async () => {
    const { address } = await calls.server(() => new Promise(() => undefined));
    const peer = await RawPeer.proved(await calls.raw(address));
    await peer.heard(KIND.welcome);
    for (let twice = 0; twice < 2; twice++) peer.send(KIND.call, 1, '[]', callHead(aCall('find'), 10_000));
    await peer.closed;
  });

  it('and does not read its answers is not read from any more, and dropped after a while', async () => {
    const answer = 'x'.repeat(1_000_000);
    let asked = 0;
    const server = await calls.server(
      async () => {
        asked++;
        return { ok: true, value: answer };
      },
      { limits: { unsentBytes: 2_000_000, unsentMs: 200 } },
    );
    const peer = await RawPeer.proved(await calls.raw(server.address));
    await peer.heard(KIND.welcome);
    peer.socket.pause();
    // Each call waits for the system to take the one before, so that the server sees them in many pieces.
    const ask = (id: number) =>
      new Promise((resolve) => {
        const head = callHead(aCall('find'), 60_000);
        peer.socket.write(encodeFrames([{ kind: KIND.call, id, head, body: 'x'.repeat(50_000) }]), resolve);
      });
    let gone = false;
    peer.socket.once('close', () => {
      gone = true;
    });
    void (async () => {
      for (let id = 1; id < 500 && !gone; id++) await ask(id);
    })();
    await until(() => server.load().connections === 0);
    expect(asked).toBeGreaterThan(2);
    expect(asked).toBeLessThan(100);
    expect(calls.log.lines).toContainEqual(expect.stringContaining('it did not read its answers for 200 ms'));
  });
});
