import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { runCommand } from '../../embedded/command.js';
import { freePort } from '../../embedded/ports.js';
import { until } from './calls.fixture.js';

const KEPT = resolve('.banyan', 'nats');
const INSTALL = 'Install nats-server (Debian: apt-get install nats-server; macOS: brew install nats-server).';

/** Ends NATS when the pipe on its own input closes: however the tests end. The detour over descriptor 3 is the shell's: it gives background commands no input. */
const GUARD = `exec 3<&0
"$0" "$@" 3<&- & nats=$!
( read _ <&3; kill -9 $nats ) 2>/dev/null & guard=$!
wait $nats
kill $guard 2>/dev/null`;

/** A NATS server that a test may kill and start again. */
export class TestNats {
  #guard: ChildProcess | undefined;

  private constructor(
    private readonly program: string,
    private readonly port: number,
  ) {}

  static async start(): Promise<TestNats> {
    const nats = new TestNats((await onPath()) ?? (await unpacked()), await freePort());
    await nats.start();
    return nats;
  }

  get url(): string {
    return `nats://tester:secret@127.0.0.1:${this.port}`;
  }

  get host(): string {
    return `127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const args = ['-a', '127.0.0.1', '-p', String(this.port), '--user', 'tester', '--pass', 'secret'];
    const guard = spawn('/bin/sh', ['-c', GUARD, this.program, ...args], {
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.#guard = guard;
    let listens = false;
    while (!listens && guard.exitCode === null) listens = await reachable(this.port);
    if (!listens) throw new Error(`${this.program} did not start on port ${this.port}.`);
  }

  /** As `kill -9`. */
  async kill(): Promise<void> {
    const guard = this.#guard;
    this.#guard = undefined;
    if (guard === undefined || guard.exitCode !== null) return;
    const ended = once(guard, 'exit');
    guard.stdin?.end();
    await ended;
    let listens = true;
    while (listens) listens = await reachable(this.port);
    await until(() => guard.exitCode !== null || guard.signalCode !== null);
  }
}

function reachable(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

async function onPath(): Promise<string | undefined> {
  const found = await runCommand('nats-server', ['--version'], { within: 5_000 }).catch(() => undefined);
  return found?.code === 0 ? 'nats-server' : undefined;
}

/** Debian's package, unpacked without being installed, and kept. */
async function unpacked(): Promise<string> {
  const program = join(KEPT, 'usr', 'sbin', 'nats-server');
  if (await stat(program).catch(() => undefined)) return program;
  const unfinished = `${KEPT}-${process.pid}`;
  await mkdir(unfinished, { recursive: true });
  try {
    const within = 120_000;
    const downloaded = await runCommand('apt-get', ['download', '-q', 'nats-server'], {
      within,
      cwd: unfinished,
    });
    const deb = (await readdir(unfinished)).find((name) => name.endsWith('.deb'));
    if (deb === undefined) throw new Error(`${downloaded.output.trim()}\n${INSTALL}`);
    await runCommand('dpkg-deb', ['-x', join(unfinished, deb), unfinished], { within });
    await mkdir(dirname(KEPT), { recursive: true });
    await rename(unfinished, KEPT);
  } catch (cause) {
    throw new Error(`There is no NATS server to test with. ${INSTALL}`, { cause });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return program;
}
