import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, readFile, realpath, rename, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { runCommand, type ServerUser } from './command.js';

/** Where root puts what its server's user may not reach elsewhere; /var/tmp only when /var/lib is not writable. */
const SHELTERS = ['/var/lib/banyan', '/var/tmp/banyan'];

/** What is remembered of the server of a data folder, in `postgres.json` (mode 0600: it holds the password). */
export interface ServerFacts {
  /** Folder of the cluster and its log. */
  readonly home: string;
  /** The port it had last, so that addresses in other tools stay valid. */
  readonly port: number;
  readonly password: string;
}

/** Reads what is remembered of the server of `dataDir`; undefined when there never was one. */
export async function recall(dataDir: string): Promise<ServerFacts | undefined> {
  const text = await readFile(factsFile(dataDir), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new Error(
      `Cannot read ${factsFile(dataDir)}: start as the user that owns it, or choose another DATA_DIR.`,
      {
        cause: error,
      },
    );
  });
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as ServerFacts;
  } catch (cause) {
    throw new Error(`${factsFile(dataDir)} is damaged: restore it, or choose another DATA_DIR.`, { cause });
  }
}

/** Writes down what is to be remembered, whole or not at all. */
export async function remember(dataDir: string, facts: ServerFacts): Promise<void> {
  const unfinished = `${factsFile(dataDir)}.${process.pid}`;
  await writeFile(unfinished, `${JSON.stringify(facts, null, 2)}\n`, { mode: 0o600 });
  await rename(unfinished, factsFile(dataDir));
}

/**
 * Makes the data folder and answers its real path. Root lets others pass through it (not look into it), so that the server's user reaches
 * its part; what is secret in it has a mode of its own.
 */
export async function openDataDir(dataDir: string): Promise<string> {
  await mkdir(dataDir, { recursive: true }).catch((cause: unknown) => {
    throw new Error(
      `Cannot make the data folder ${dataDir}. Set DATA_DIR to a folder that this user may write.`,
      { cause },
    );
  });
  const real = await realpath(dataDir);
  if (isRoot()) await chmod(real, (await stat(real)).mode | 0o011);
  return real;
}

/**
 * The user that the server of this cluster runs as. Postgres refuses root, so for root it is the owner of the cluster if there is one
 * (an ordinary user began it), else nobody.
 *
 * @throws Error when this ordinary user does not own the cluster.
 */
export async function serverUser(cluster: string): Promise<ServerUser> {
  const owner = await stat(cluster).catch(() => undefined);
  if (!isRoot()) {
    if (owner && owner.uid !== process.getuid?.()) {
      throw new Error(
        `The database in ${cluster} belongs to user ${owner.uid}: start as that user or as root, or choose another DATA_DIR.`,
      );
    }
    return undefined;
  }
  return owner && owner.uid !== 0 ? { uid: owner.uid, gid: owner.gid } : nobody();
}

/** Any user but root will do for Postgres, but it must have a name: initdb looks its number up. macOS calls it -2. */
async function nobody(): Promise<{ uid: number; gid: number }> {
  const users = await readFile('/etc/passwd', 'utf8').catch(() => '');
  const [, uid = '65534', gid = '65534'] = /^nobody:[^:]*:(-?\d+):(-?\d+):/m.exec(users) ?? [];
  return { uid: Number(uid) >>> 0, gid: Number(gid) >>> 0 };
}

/**
 * Chooses and makes the home of a new cluster: `<dataDir>/postgres`, or a folder of its own in a shelter when the server's user may
 * not pass through the path of `dataDir`.
 */
export async function makeHome(dataDir: string, user: ServerUser): Promise<string> {
  const near = join(dataDir, 'postgres');
  if (await makeFor(near, user)) return near;
  const project = basename(dataDir) === '.banyan' ? basename(dirname(dataDir)) : basename(dataDir);
  // A number drawn by lot: a new clone at an old path must not find the old data.
  const far = join(await makeShelter(user), `${project || 'data'}-${randomBytes(4).toString('hex')}`);
  if (!(await makeFor(far, user)))
    throw new Error(`The user of the server (${user?.uid}) may not enter ${far}.`);
  await writeFile(join(far, 'belongs-to'), `${dataDir}\n`);
  return far;
}

/** Makes a folder that `user` can reach for what all its servers share. */
export async function makeShelter(user: ServerUser): Promise<string> {
  for (const shelter of SHELTERS) {
    const made = await mkdir(shelter, { recursive: true, mode: 0o755 }).then(
      () => stat(shelter),
      () => undefined,
    );
    // In /var/tmp anybody may have made it before us: then it is not ours to trust.
    if (!made || made.uid !== (process.getuid?.() ?? 0)) continue;
    await chmod(shelter, 0o755);
    if (await canEnter(shelter, user)) return shelter;
  }
  throw new Error(
    `User ${user?.uid ?? process.getuid?.()} has no folder to keep a database in: tried ${SHELTERS.join(' and ')}. ` +
      'Set DATA_DIR to a folder whose whole path others may enter (chmod o+x).',
  );
}

async function makeFor(folder: string, user: ServerUser): Promise<boolean> {
  await mkdir(folder, { recursive: true });
  if (user) {
    await chmod(folder, 0o755);
    await chown(folder, user.uid, user.gid);
  }
  return canEnter(folder, user);
}

/** Asks the kernel instead of reading modes: groups, access lists and mount options count as well. */
async function canEnter(folder: string, user: ServerUser): Promise<boolean> {
  const { code } = await runCommand('/bin/sh', ['-c', 'cd "$0"', folder], { user, within: 5_000 });
  return code === 0;
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

function factsFile(dataDir: string): string {
  return join(dataDir, 'postgres.json');
}
