import { chown, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Binaries } from './binaries.js';
import { runCommand, type ServerUser } from './command.js';
import { anyoneWorksIn, commandLine, exists } from './processes.js';
import { waitUntil } from './wait-until.js';

/** The superuser and the database of an embedded server. */
export const OWNER = 'banyan';

/** One Postgres cluster on disk: where it is, who runs it and with which programs. */
export interface Cluster {
  /** The data folder of Postgres (PGDATA). */
  readonly folder: string;
  /** The server's log. */
  readonly log: string;
  readonly user: ServerUser;
  readonly binaries: Binaries;
}

/** A living server as its `postmaster.pid` describes it. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  readonly ready: boolean;
}

/** Whether the cluster in `folder` has been made. */
export function isMade(folder: string): Promise<boolean> {
  return stat(join(folder, 'PG_VERSION')).then(
    () => true,
    () => false,
  );
}

/**
 * Makes a cluster: UTF8 and C.UTF-8 (the same order of text on every machine), passwords by SCRAM. It is made beside its place and then moved
 * there, so what an interrupted start leaves behind is never taken for a cluster.
 */
export async function makeCluster(cluster: Cluster, password: string, durable: boolean): Promise<void> {
  const unfinished = `${cluster.folder}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  const secretFolder = await mkdtemp(join(dirname(cluster.folder), 'secret-'));
  try {
    const secret = join(secretFolder, 'password');
    await writeFile(secret, password, { mode: 0o600 });
    if (cluster.user) {
      await chown(secretFolder, cluster.user.uid, cluster.user.gid);
      await chown(secret, cluster.user.uid, cluster.user.gid);
    }
    const flags = ['-D', unfinished, '-U', OWNER, `--pwfile=${secret}`, '--auth=scram-sha-256'];
    flags.push('--encoding=UTF8', '--locale=C.UTF-8');
    if (!durable) flags.push('--no-sync');
    const made = await runCommand(cluster.binaries.initdb, flags, { user: cluster.user, within: 120_000 });
    if (made.code !== 0) {
      const cure = made.output.includes('could not look up effective user ID') ? NAMELESS : CURE;
      throw new Error(`Postgres could not make its data folder:\n${tail(made.output)}\n${cure}`);
    }
    await rename(unfinished, cluster.folder);
  } finally {
    await rm(secretFolder, { recursive: true, force: true });
  }
}

/**
 * The living server of the cluster in `folder`; undefined when there is none, whatever an old `postmaster.pid` says: its process may be
 * dead, a zombie, or by now somebody else.
 */
export async function findPostmaster(folder: string): Promise<Postmaster | undefined> {
  const text = await readFile(join(folder, 'postmaster.pid'), 'utf8').catch(() => '');
  const [pid = '', home = '', , port = '', , , , status = ''] = text.split('\n').map((line) => line.trim());
  // A copied folder brings the file of the original's server along.
  if (!/^\d+$/.test(pid) || home !== folder) return undefined;
  if (!(await isPostmasterOf(folder, Number(pid)))) return undefined;
  return { pid: Number(pid), port: Number(port), ready: status === 'ready' };
}

/** The server's log of before is kept once, so that both together stay bounded; in bytes. */
const LONGEST_LOG = 8 * 1024 * 1024;

/** Why a start failed, in a form that the caller can decide on. */
export type StartFailure = 'port-taken' | 'remains' | 'other';

/** Starts the server, and waits until it answers. @returns undefined when it runs, else what hindered it and the log's words. */
export async function launch(
  cluster: Cluster,
  port: number,
  settings: Readonly<Record<string, string>>,
): Promise<{ failure: StartFailure; words: string } | undefined> {
  await forgetStrangers(cluster.folder);
  if ((await size(cluster.log)) > LONGEST_LOG) await rename(cluster.log, `${cluster.log}.before`);
  const flags = Object.entries({ ...settings, port: String(port) }).map(
    ([name, value]) => `-c ${name}='${value}'`,
  );
  const begin = await size(cluster.log);
  const started = await runCommand(
    cluster.binaries.pgCtl,
    ['start', '-w', '-t', '60', '-D', cluster.folder, '-l', cluster.log, '-o', flags.join(' ')],
    { user: cluster.user, within: 70_000 },
  );
  if (started.code === 0) return undefined;
  const log = (await readFile(cluster.log).catch(() => Buffer.alloc(0))).subarray(begin).toString();
  const words = tail(`${started.output}\n${log}`);
  if (/Address already in use/.test(log)) return { failure: 'port-taken', words };
  if (/pre-existing shared memory block|lock file ".*" already exists/.test(log))
    return { failure: 'remains', words };
  return { failure: 'other', words };
}

/**
 * Ends the server: "fast" (transactions are rolled back, sessions ended, everything flushed); when that takes longer than `within`
 * milliseconds "immediate" (no flush: the next start replays the log, nothing committed is lost), and at last SIGKILL.
 *
 * @throws Error when even that does not end it within ten seconds more.
 */
export async function endPostmaster(folder: string, within: number): Promise<void> {
  const server = await findPostmaster(folder);
  if (!server) return;
  const steps = [
    ['SIGINT', within],
    ['SIGQUIT', 2_000],
    ['SIGKILL', 8_000],
  ] as const;
  for (const [signal, patience] of steps) {
    try {
      process.kill(server.pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
    if (await waitUntil(async () => !(await isPostmasterOf(folder, server.pid)), patience)) return;
  }
  throw new Error(`Postgres (process ${server.pid}) does not end: end it by hand.`);
}

/** The advice at the end of every failed start. */
export const CURE =
  'Mend what the server says above, choose another DATA_DIR, or set DATABASE_URL to a Postgres of your own.';

/** A container may run under a number that no user has; initdb alone minds, not the server. */
const NAMELESS =
  'Start as a user that is listed in /etc/passwd, or set DATABASE_URL to a Postgres of your own.';

async function isPostmasterOf(folder: string, pid: number): Promise<boolean> {
  if (!exists(pid)) return false;
  const words = (await commandLine(pid)).split(' ');
  return /postgres$/.test(words[0] ?? '') && (await commandLine(pid)).includes(`-D ${folder}`);
}

/**
 * Removes a `postmaster.pid` whose number belongs to a zombie or to another program by now (usual after a container's restart): Postgres
 * would take that process for its server and refuse. The file of a dead process stays: Postgres itself checks
 * with it that no orphaned child still writes, and so do we before we remove one.
 */
async function forgetStrangers(folder: string): Promise<void> {
  const file = join(folder, 'postmaster.pid');
  const pid = Number.parseInt(await readFile(file, 'utf8').catch(() => ''), 10);
  if (!(pid > 0) || !exists(pid) || (await isPostmasterOf(folder, pid))) return;
  const empty = await waitUntil(async () => !(await anyoneWorksIn(folder)), 10_000);
  if (!empty)
    throw new Error(`Processes of a killed Postgres still work in ${folder}: end them, then start again.`);
  await rm(file, { force: true });
}

async function size(file: string): Promise<number> {
  return stat(file).then(
    (found) => found.size,
    () => 0,
  );
}

function tail(text: string): string {
  return text.trim().split('\n').slice(-15).join('\n');
}
