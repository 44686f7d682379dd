import { link, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beginning, exists } from './processes.js';
import { waitUntil } from './wait-until.js';

const UNREADABLE = 'unreadable';

/**
 * Who uses the server of a data folder: one file per process, named by its number. The last one out stops the server, so a command that
 * started it for itself leaves it to the application that has come meanwhile, and what was left by `kill -9` counts for nothing.
 */
export class Occupancy {
  private readonly folder: string;
  private readonly own: string;
  private stays = 0;

  constructor(dataDir: string) {
    this.folder = join(dataDir, 'postgres.users');
    this.own = join(this.folder, String(process.pid));
  }

  /** Enters this process among the users; may be called several times, then it must leave as often. */
  async enter(): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    await writeFile(this.own, await beginning(process.pid));
    this.stays += 1;
  }

  /** Takes this process out, and answers whether nobody is left. */
  async leave(): Promise<boolean> {
    this.stays -= 1;
    if (this.stays > 0) return false;
    await rm(this.own, { force: true });
    return (await this.others()).length === 0;
  }

  /** The numbers of the living processes that use the server, without this one. */
  private async others(): Promise<number[]> {
    const names = await readdir(this.folder).catch(() => [] as string[]);
    const living: number[] = [];
    for (const name of names.filter((each) => each !== String(process.pid))) {
      if (await isAlive(Number(name), join(this.folder, name))) living.push(Number(name));
      else await rm(join(this.folder, name), { force: true });
    }
    return living;
  }
}

const occupancies = new Map<string, Occupancy>();

/** The one register of this process for a data folder, given by its real path. */
export function occupancyOf(dataDir: string): Occupancy {
  const known = occupancies.get(dataDir) ?? new Occupancy(dataDir);
  occupancies.set(dataDir, known);
  return known;
}

/**
 * Lets one process at a time start or stop the server of a data folder. The lock of a process that has died is broken.
 *
 * @throws Error when another process holds it for longer than a minute.
 */
export async function alone<T>(dataDir: string, work: () => Promise<T>): Promise<T> {
  const lock = join(dataDir, 'postgres.lock');
  const entered = await waitUntil(() => tryLock(lock), 60_000);
  if (!entered) {
    const holder = await readFile(lock, 'utf8').catch(() => UNREADABLE);
    throw new Error(
      `Process ${holder.split(' ')[0]} has been starting or stopping Postgres for a minute: end it, then try again.`,
    );
  }
  try {
    return await work();
  } finally {
    await rm(lock, { force: true });
  }
}

let keys = 0;

async function tryLock(lock: string): Promise<boolean> {
  keys += 1;
  const key = `${lock}.${process.pid}.${keys}`;
  await writeFile(key, `${process.pid} ${await beginning(process.pid)}`);
  try {
    // A link appears with its content, so no lock is ever seen half written.
    await link(key, lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(key, { force: true });
  }
  const [pid = '', began] = (await readFile(lock, 'utf8').catch(() => UNREADABLE)).split(' ');
  if (!/^\d+$/.test(pid)) return false; // removed at this moment
  // Two that break it at once could both get in; then Postgres's own lock on the cluster refuses the second.
  const dead = !exists(Number(pid)) || (began !== undefined && began !== (await beginning(Number(pid))));
  if (dead) await rm(lock, { force: true });
  return false;
}

async function isAlive(pid: number, file: string): Promise<boolean> {
  if (!exists(pid)) return false;
  const began = await readFile(file, 'utf8').catch(() => UNREADABLE);
  return began === (await beginning(pid));
}
