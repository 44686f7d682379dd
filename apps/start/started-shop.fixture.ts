import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';

const ROOT = resolve(__dirname, '../..');
const READY = /is ready after/;

/** A start command that was run, as its user sees it. */
export interface StartedShop {
  readonly url: string;
  readonly process: ChildProcess;
  /** What it has said to the terminal until now, without colours. */
  said(): string;
  /** Sends a signal to the command alone, as `kill` does. */
  signal(name: NodeJS.Signals): void;
  /** Waits for its end. */
  ended(): Promise<{ readonly code: number | null; readonly ms: number }>;
  /** Waits until it has said this. @throws Error with all that it said, when it does not in time */
  says(words: RegExp, within?: number): Promise<string>;
}

/** How to start. */
export interface HowToStart {
  /** Stands for the folder where the command is run: its `.env` is read. */
  readonly folder: string;
  readonly words?: readonly string[];
  readonly settings?: Readonly<Record<string, string>>;
  /** An ordinary user to start as; for root only. */
  readonly uid?: number;
  /** Where the built repository lies. */
  readonly root?: string;
}

/** Runs the built start command in a folder of its own; what the developer has set does not reach it. */
export function runStart({ folder, words = [], settings, uid, root = ROOT }: HowToStart): StartedShop {
  const dataDir = join(folder, 'data');
  const env = { PATH: process.env['PATH'] ?? '', HOME: folder, DATA_DIR: dataDir, ...settings };
  const main = join(root, 'dist/apps/start/main.js');
  const child = spawn(process.execPath, ['--enable-source-maps', main, ...words], {
    cwd: folder,
    env,
    ...(uid && { uid, gid: uid }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (piece: Buffer) => {
      said += stripVTControlCharacters(piece.toString());
    });
  const end = once(child, 'close');
  const shop: StartedShop = {
    url: `http://127.0.0.1:${settings?.['PORT']}`,
    process: child,
    said: () => said,
    signal: (name) => void child.kill(name),
    ended: async () => {
      const from = performance.now();
      const [code] = await end;
      return { code, ms: performance.now() - from };
    },
    says: async (words, within = 45_000) => {
      await until(() => words.test(said) || child.exitCode !== null || child.signalCode !== null, within);
      if (!words.test(said)) throw new Error(`It never said ${words}, but:\n${said}`);
      return said;
    },
  };
  return shop;
}

/** Runs the start command on a free port, until its panel stands. */
export async function startShop(how: HowToStart): Promise<StartedShop> {
  const shop = runStart({ ...how, settings: { PORT: String(await freePort()), ...how.settings } });
  await shop.says(READY);
  return shop;
}

/** Processes that belong to a start in this folder: its own, its apps, its Postgres. Told by the environment that they inherit. */
export function leftRunning(folder: string): string[] {
  const dataDir = join(folder, 'data');
  const mark = `DATA_DIR=${dataDir}\0`;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => ({ pid, command: textOf(`/proc/${pid}/cmdline`), env: textOf(`/proc/${pid}/environ`) }))
    .filter(({ command, env }) => command.includes(dataDir) || env.includes(mark))
    .filter(({ command }) => command !== '') // a zombie runs no more
    .map(({ pid, command }) => `${pid} ${command.replaceAll('\0', ' ')}`);
}

/** Waits for a fact. @throws Error when it does not come in time, with what `describe` knows */
export async function until(
  holds: () => boolean | Promise<boolean>,
  within: number,
  describe: () => unknown = () => '',
): Promise<void> {
  const end = performance.now() + within;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`${within} ms were not enough. ${describe()}`);
    await pause(25);
  }
}

/** A port that is free now. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as { port: number };
  await new Promise((closed) => probe.close(closed));
  return port;
}

/**
 * Builds, if the sources are newer than what is built.
 *
 * @throws Error with what the compiler said when nothing came of it; a mere type error is for `npm run types` to report
 */
export function buildIfOlder(): void {
  const sources = /(?<!\.spec|\.fixture)\.(ts|sql)$/;
  const written = Math.max(
    ...['apps', 'libs', 'migrations'].map((name) => newest(join(ROOT, name), sources)),
  );
  if (newest(join(ROOT, 'dist'), /\.js$/) >= written) return;
  const compiler = join(ROOT, 'node_modules/typescript-native/bin/tsc');
  const { stdout } = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.json'], { cwd: ROOT });
  if (newest(join(ROOT, 'dist'), /\.js$/) < written) throw new Error(`The build failed:\n${stdout}`);
}

/**
 * Where a user can run the built repository: where it lies, or, if that is closed to others (a clone below /root), a copy
 * in `folder` made of hard links.
 */
export function repositoryFor(uid: number, folder: string): string {
  const { status } = spawnSync(process.execPath, [join(ROOT, 'dist/apps/start/main.js'), '--help'], {
    uid,
    gid: uid,
    env: { HOME: folder },
  });
  if (status === 0) return ROOT;
  const copy = join(folder, 'repository');
  mkdirSync(copy);
  chmodSync(folder, 0o755);
  cpSync(join(ROOT, 'package.json'), join(copy, 'package.json'));
  for (const part of ['dist', 'migrations', 'node_modules'])
    if (spawnSync('cp', ['-al', join(ROOT, part), copy]).status !== 0)
      execFileSync('cp', ['-a', join(ROOT, part), copy]);
  return copy;
}

function newest(folder: string, names: RegExp): number {
  const times = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => names.test(name))
    .map((name) => statSync(join(folder, name)).mtimeMs);
  return Math.max(0, ...times);
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // it has just ended
  }
}
