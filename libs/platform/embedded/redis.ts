import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, open, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { runCommand } from './command.js';
import { freePort } from './ports.js';
import { unpackRedis } from './redis-debian.js';
import { waitUntil } from './wait-until.js';

/** A running Redis that belongs to this process and ends with it. */
export interface RunningRedis {
  readonly url: string;
  /** Stops it; killed when it has not ended within `within` milliseconds (default 5000). */
  stop(within?: number): Promise<void>;
}

/** How to start a Redis. */
export interface RedisOptions {
  /** Folder for its log; made when it does not exist. */
  readonly dir: string;
  /** Folder where the programs are kept when they have to be unpacked. Default `<dir>/packages`. */
  readonly packages?: string;
  /** Number of logical databases. Default 16. */
  readonly databases?: number;
  /** Keeps an append-only file in `dir`, brought to the disk once a second. Default false: memory only. */
  readonly appendOnly?: boolean;
  /** Port to listen on. Default: a free one. */
  readonly port?: number;
  /** More of its configuration, by the names of redis.conf, each with its words. Default: none. */
  readonly settings?: Readonly<Record<string, readonly string[]>>;
  /** Hears one line per step that takes time. */
  readonly log?: (line: string) => void;
}

/** A program that can be run as Redis. */
export interface RedisProgram {
  readonly path: string;
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Waits for Redis, and ends it when the pipe on its own input closes: that happens however the parent ends, `kill -9` included. The shell
 * gives background commands no input, hence the detour over descriptor 3.
 */
const GUARD = `exec 3<&0
"$0" "$@" 3<&- & redis=$!
( read _ <&3; kill $redis ) 2>/dev/null & guard=$!
wait $redis; code=$?
kill $guard 2>/dev/null
exit $code`;

/**
 * Starts a Redis: the one on PATH (redis-server or valkey-server), else Debian's, unpacked
 * without being installed.
 *
 * @throws Error that says what to install when none can be had, or carries the end of the server's log.
 */
export async function startRedis(options: RedisOptions): Promise<RunningRedis> {
  const dir = resolve(options.dir);
  await mkdir(dir, { recursive: true });
  const program = await findRedis(resolve(options.packages ?? join(dir, 'packages')), options.log);
  let refusal = '';
  // A free port may be taken before Redis listens on it.
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    const outcome = await launch(program, { ...options, dir }, options.port ?? (await freePort()));
    if (typeof outcome !== 'string') return outcome;
    refusal = outcome;
  }
  throw new Error(
    `Redis (${program.path}) did not start:\n${refusal}\nMend what it says, or set REDIS_URL to a Redis of your own.`,
  );
}

/**
 * The program that can be run as Redis: the one on PATH (redis-server or valkey-server), else Debian's, unpacked into `packages`.
 *
 * @throws Error that says what to install when none can be had
 */
export async function findRedis(packages: string, log?: (line: string) => void): Promise<RedisProgram> {
  return (await onPath()) ?? (await unpackRedis(packages, log));
}

async function onPath(): Promise<RedisProgram | undefined> {
  for (const path of ['redis-server', 'valkey-server']) {
    const found = await runCommand(path, ['--version'], { within: 5_000 }).catch(() => undefined);
    if (found?.code === 0) return { path };
  }
  return undefined;
}

async function launch(
  program: RedisProgram,
  options: RedisOptions,
  port: number,
): Promise<RunningRedis | string> {
  const logFile = join(options.dir, `redis-${port}.log`);
  const log = await open(logFile, 'w+');
  const child = spawn('/bin/sh', ['-c', GUARD, program.path, ...flags(port, options)], {
    detached: true, // Ctrl-C in the terminal must reach the application first
    cwd: options.dir,
    ...(program.env ? { env: program.env } : {}),
    stdio: ['pipe', log.fd, log.fd],
  });
  const ended = new Promise<void>((resolve) =>
    child.once('exit', () => resolve()).once('error', () => resolve()),
  );
  child.stdin?.on('error', () => undefined); // it has ended already: then `ended` says so
  const ready = await Promise.race([ended.then(() => false), waitUntil(() => answers(port), 10_000)]);
  const words = ready ? '' : (await log.readFile('utf8')).trim().split('\n').slice(-10).join('\n');
  await log.close();
  // Who forgets to stop it is not kept alive by it: the guard ends it then.
  child.unref();
  (child.stdin as Socket | null)?.unref();
  const stop = async (within = 5_000) => {
    await end(child, ended, within);
    await rm(logFile, { force: true });
  };
  if (ready) return { url: `redis://127.0.0.1:${port}`, stop };
  await stop(0);
  return words || 'it said nothing';
}

async function end(child: ChildProcess, ended: Promise<void>, within: number): Promise<void> {
  child.ref();
  child.stdin?.end();
  const inTime = await Promise.race([ended.then(() => true), pause(within, false, { ref: false })]);
  if (inTime || child.pid === undefined) return;
  process.kill(-child.pid, 'SIGKILL');
  await ended;
}

function flags(port: number, options: RedisOptions): string[] {
  const settings = {
    port: String(port),
    bind: '127.0.0.1',
    save: '',
    appendonly: options.appendOnly ? 'yes' : 'no',
    appendfsync: 'everysec',
    'maxmemory-policy': 'noeviction',
    databases: String(options.databases ?? 16),
    daemonize: 'no',
  };
  return Object.entries({ ...settings, ...options.settings }).flatMap(([name, words]) =>
    [`--${name}`].concat(words),
  );
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write('PING\r\n'));
    const settle = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1_000, () => settle(false));
    socket.once('data', (data) => settle(data.toString().startsWith('+PONG')));
    socket.once('error', () => settle(false));
  });
}
