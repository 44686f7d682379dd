import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Finished, runCommand } from './command.js';
import type { RedisProgram } from './redis.js';

const MINUTES = 60_000;
const PACKAGES = ['redis-server', 'redis-tools'];
const INSTALL =
  'Install one (Debian, Ubuntu: `apt-get install redis-server`; Fedora: `dnf install valkey`; Alpine: `apk add redis`; ' +
  'macOS: `brew install redis`), so that redis-server or valkey-server is on the PATH.';

/**
 * Unpacks Debian's Redis into `folder` without installing it: no root, no daemon on port 6379, 7 MB, about 1.5 s with fresh package lists.
 * What was unpacked before is used again.
 *
 * @throws Error that says what to install when this is no Debian, or the packages cannot be had.
 */
export async function unpackRedis(
  folder: string,
  log: (line: string) => void = () => undefined,
): Promise<RedisProgram> {
  const program = programIn(folder);
  if (await runs(program)) return program;
  log('no Redis on the PATH: unpacking the package of this Linux distribution');
  await mkdir(dirname(folder), { recursive: true });
  const unfinished = await mkdtemp(`${folder}-unfinished-`);
  try {
    await fill(unfinished);
    await rm(folder, { recursive: true, force: true });
    await rename(unfinished, folder).catch(async (cause: unknown) => {
      if (!(await runs(program))) throw cause; // else another process was quicker
    });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  if (await runs(program)) return program;
  throw new Error(`No Redis was found, and the unpacked one in ${folder} does not run. ${INSTALL}`);
}

/** Downloads with the system's package lists, and only when these are missing or old with lists of its own. */
async function fill(folder: string): Promise<void> {
  const first = await download(folder, []);
  if (first.code !== 0) {
    // Own lists need no root, and leave the system's as they are.
    const state = join(folder, 'apt');
    await mkdir(join(state, 'lists', 'partial'), { recursive: true });
    await mkdir(join(state, 'cache', 'archives', 'partial'), { recursive: true });
    const own = [
      '-o',
      `Dir::State::Lists=${join(state, 'lists')}`,
      '-o',
      `Dir::Cache=${join(state, 'cache')}`,
    ];
    await apt('apt-get', ['update', '-q', ...own], folder);
    const second = await download(folder, own);
    if (second.code !== 0) {
      throw new Error(
        `No Redis was found, and its Debian package cannot be had:\n${second.output.trim()}\n${INSTALL}`,
      );
    }
    await rm(state, { recursive: true, force: true });
  }
  for (const file of (await readdir(folder)).filter((name) => name.endsWith('.deb'))) {
    const unpacked = await runCommand('dpkg-deb', ['-x', join(folder, file), folder], { within: MINUTES });
    if (unpacked.code !== 0) throw new Error(`Cannot unpack ${file}: ${unpacked.output.trim()}. ${INSTALL}`);
    await rm(join(folder, file));
  }
}

async function download(folder: string, own: string[]): Promise<Finished> {
  const wanted = [...PACKAGES, ...(await missingLibraries(folder, own))];
  return apt('apt-get', ['download', '-q', ...own, ...wanted], folder);
}

/** The libraries that Redis depends on directly and that this machine has not installed. Their names differ between releases. */
async function missingLibraries(folder: string, own: string[]): Promise<string[]> {
  const asked = await apt('apt-cache', ['depends', ...own, ...PACKAGES], folder);
  const libraries = [...asked.output.matchAll(/^ {2}Depends: (lib\S+)$/gm)].map((match) => match[1] ?? '');
  const missing: string[] = [];
  for (const name of new Set(libraries)) {
    const state = await runCommand('dpkg-query', ['-s', name], { within: MINUTES });
    if (!state.output.includes('install ok installed')) missing.push(name);
  }
  return missing;
}

async function apt(program: string, args: string[], cwd: string): Promise<Finished> {
  return runCommand(program, args, { within: 5 * MINUTES, cwd }).catch((cause: unknown) => {
    throw new Error(`No Redis was found, and this is no Debian to take it from. ${INSTALL}`, { cause });
  });
}

function programIn(folder: string): RedisProgram {
  const triplet = process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu';
  const libraries = [join(folder, 'usr', 'lib', triplet), join(folder, 'lib', triplet)].join(':');
  return { path: join(folder, 'usr', 'bin', 'redis-server'), env: { LD_LIBRARY_PATH: libraries } };
}

async function runs({ path, env }: RedisProgram): Promise<boolean> {
  if (!(await stat(path).catch(() => undefined))) return false;
  const asked = await runCommand(path, ['--version'], { within: 10_000, env: { ...env } }).catch(
    () => undefined,
  );
  return asked?.code === 0;
}
