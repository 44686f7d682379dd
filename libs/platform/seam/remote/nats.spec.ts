import { connect, type NatsConnection } from '@nats-io/transport-node';
import { Bug } from '../bug.js';
import { Fault } from '../fault.js';
import { CallClient } from './call-client.js';
import { type CallServer, type CallServerOptions, startCallServer } from './call-server.js';
import { aCall, echo, failure, gate, KeptLog, SECRET, until } from './calls.fixture.js';
import type { ClientLimits } from './limits.js';
import { TestNats } from './nats.fixture.js';
import { connectNats, type NatsBroker } from './nats-broker.js';
import { NatsPipe } from './nats-pipe.js';

const SECONDS = { timeoutMs: 10_000 };
const log = new KeptLog();
let nats: TestNats;
/** Two apps, each with a connection of its own. */
let here: NatsBroker;
let there: NatsBroker;
const ends: (() => Promise<void>)[] = [];

beforeAll(async () => {
  nats = await TestNats.start();
});
afterAll(() => nats.kill());
beforeEach(async () => {
  [here, there] = await Promise.all([connectNats(nats.url, 'here'), connectNats(nats.url, 'there')]);
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  await Promise.all([here.close(), there.close()]);
});

async function server(
  answer: CallServerOptions['answer'] = echo,
  options: Partial<CallServerOptions> = {},
): Promise<CallServer> {
  const unused = { host: '', port: 0 };
  const started = await startCallServer({
    ...unused,
    secret: SECRET,
    answer,
    log,
    broker: there,
    ...options,
  });
  ends.push(() => started.stop(0));
  return started;
}

function client(limits: Partial<ClientLimits> = {}, secret = SECRET): CallClient {
  const made = new CallClient({ secret, name: 'test', limits, broker: here });
  ends.push(() => made.close());
  return made;
}

describe('calls over NATS', () => {
  it('keep their answers apart, ten thousand at once', async () => {
    const { address } = await server();
    const asking = client();
    const answers = await Promise.all(
      Array.from({ length: 10_000 }, (_, at) =>
        asking.call(address, aCall('find', [at, 'ü'.repeat(at % 400)]), SECONDS),
      ),
    );
    for (const [at, answer] of answers.entries()) {
      expect(answer).toEqual({ ok: true, value: JSON.stringify([at, 'ü'.repeat(at % 400)]) });
    }
  });

  it('carry a megabyte either way, many at a time', async () => {
    const { address } = await server();
    const asking = client();
    const long = 'x'.repeat(1_000_000);
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, at) => asking.call(address, aCall('find', [at, long]), SECONDS)),
    );
    expect(answers.map((answer) => answer.ok && answer.value.length)).toEqual(
      Array.from({ length: 12 }, (_, at) => JSON.stringify([at, long]).length),
    );
  });

  it('of an app with another secret are refused', async () => {
    const { address } = await server();
    const fault = await failure(
      client({ pauseMs: 1 }, 'quite another secret').call(address, aCall('find'), SECONDS),
    );
    expect(fault.acted).toBe('no');
    expect(fault.message).toContain('give all apps the same one');
  });

  it('that are given up stop the callee', async () => {
    const stopped = gate();
    const { address } = await server((_, signal) => {
      signal.addEventListener('abort', () => stopped.open());
      return new Promise(() => undefined);
    });
    expect((await failure(client().call(address, aCall('hang'), { timeoutMs: 50 }))).acted).toBe('maybe');
    await stopped.opened;
  });

  it('to nobody fail at once, surely without effect', async () => {
    const gone = await server();
    await gone.stop(0);
    const fault = await failure(client({ attempts: 1 }).call(gone.address, aCall('find'), SECONDS));
    expect(fault.acted).toBe('no');
    expect(fault.message).toContain('could not be asked: nobody listens there');
    for (const address of ['127.0.0.1:80', 'nats:', 'nats:banyan.calls.>', 'nats:other.subject']) {
      expect(await failure(client().call(address, aCall('find'), SECONDS))).toBeInstanceOf(Bug);
    }
  });

  it('in work are answered by a server that stops', async () => {
    const begun = gate();
    const finish = gate();
    const stopping = await server(async (call) => {
      begun.open();
      await finish.opened;
      return echo(call);
    });
    const call = client().call(stopping.address, aCall('find', [1]), SECONDS);
    await begun.opened;
    const stopped = stopping.stop(10_000);
    finish.open();
    expect(await call).toEqual({ ok: true, value: '[1]' });
    await stopped;
  });

  it('in work at an app whose connection ends may have acted, which the caller hears at once', async () => {
    const begun = gate();
    const doomed = await connectNats(nats.url, 'doomed');
    const { address } = await server(
      () => {
        begun.open();
        return new Promise(() => undefined);
      },
      { broker: doomed },
    );
    const call = failure(client().call(address, aCall('hang'), SECONDS));
    await begun.opened;
    await doomed.close();
    expect((await call).acted).toBe('maybe');
  });

  it('from more apps than are let in are turned away', async () => {
    const { address } = await server(echo, { limits: { connections: 1 } });
    await client().call(address, aCall('find'), SECONDS);
    const second = client({ attempts: 1 });
    expect((await failure(second.call(address, aCall('find'), SECONDS))).message).toContain(
      'the other end broke off',
    );
  });

  it('survive the end of the NATS server: those under way may have acted, later ones go on when it is back', async () => {
    const begun = gate();
    const { address } = await server((call) => {
      begun.open();
      return call.method === 'hang' ? new Promise(() => undefined) : echo(call);
    });
    const asking = client({ attempts: 1_000, failures: 1_000, connectMs: 200 });
    const lost = failure(asking.call(address, aCall('hang'), SECONDS));
    await begun.opened;
    await nats.kill();
    expect((await lost).acted).toBe('maybe');
    const waits = asking.call(address, aCall('find', ['after']), { timeoutMs: 50_000 });
    await nats.start();
    expect(await waits).toEqual({ ok: true, value: '["after"]' });
  });
});

describe('a NATS server', () => {
  it('that is not there, or does not let us in, is a fault that names it', async () => {
    const refused = await failure(connectNats(`nats://tester:wrong@${nats.host}`, 'test'));
    expect(refused).toBeInstanceOf(Fault);
    expect(refused.message).toMatch(
      /NATS at 127\.0\.0\.1:\d+ can't be reached: .*Authorization.*check NATS_URL/i,
    );
    expect(refused.message).not.toContain('wrong');
    expect(await failure(connectNats('nats://127.0.0.1:1', 'test'))).toBeInstanceOf(Fault);
  });
});

describe('a pipe over NATS', () => {
  let bare: NatsConnection;
  beforeEach(async () => {
    bare = await connect({ servers: nats.host, user: 'tester', pass: 'secret' });
  });
  afterEach(() => bare.close());

  async function pair(): Promise<[NatsPipe, NatsPipe]> {
    const a = new NatsPipe(bare, 'a', undefined);
    const b = new NatsPipe(bare, 'b', 'a');
    await bare.flush();
    await bare.flush();
    return [a, b];
  }
  const broken = (pipe: NatsPipe) =>
    new Promise<string>((resolve) => pipe.once('error', ({ message }) => resolve(message)));

  it('breaks when a message is missing', async () => {
    const [a, b] = await pair();
    const why = broken(a);
    b.on('error', () => undefined);
    bare.publish('a', Buffer.from([1, 0, 0, 0, 9, 65]), { reply: 'b' });
    expect(await why).toBe('NATS lost a message');
  });

  it('waits for a reader that does not read, and goes on when it does', async () => {
    const [a, b] = await pair();
    let taken = 0;
    let going = true;
    const piece = Buffer.alloc(100_000, 'x');
    const write = () => {
      while (going && b.write(piece)) taken++;
      if (going) b.once('drain', write);
    };
    write();
    const settled = async () => {
      for (let before = -1; before !== taken; ) {
        before = taken;
        for (let flush = 0; flush < 5; flush++) await bare.flush();
      }
    };
    await settled();
    const held = taken;
    expect(held * piece.length).toBeLessThan(4_000_000);
    let read = 0;
    a.on('data', (chunk: Buffer) => {
      read += chunk.length;
    });
    await until(() => read > 20_000_000);
    going = false;
    a.destroy();
    await new Promise((resolve) => b.once('close', resolve).on('error', () => undefined));
  });

  it('whose other end is gone without a word breaks when something is said', async () => {
    const alone = new NatsPipe(bare, 'alone', 'nobody');
    expect(await broken(alone)).toBe('nobody listens there');
  });
});
