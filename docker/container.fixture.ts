import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

export const ROOT = join(__dirname, '..');

/** One line of a Dockerfile. */
export interface Instruction {
  readonly name: string;
  readonly rest: string;
}

/** The Dockerfile's instructions, a list per stage. */
export function readDockerfile(): Instruction[][] {
  const lines = readFileSync(join(ROOT, 'docker/Dockerfile'), 'utf8')
    .replace(/^#.*\n/gm, '')
    .split('\n');
  const stages: Instruction[][] = [];
  for (const line of lines.filter((each) => each !== '')) {
    const [, name, rest] = /^([A-Z]+)\s+(.*)$/.exec(line) as unknown as [string, string, string];
    if (name === 'FROM') stages.push([]);
    stages.at(-1)?.push({ name, rest });
  }
  return stages;
}

/** What the instructions of one name in the final stage say, the last one first to count. */
export function imageSays(name: string): string {
  return (
    readDockerfile()
      .at(-1)
      ?.findLast((each) => each.name === name)?.rest ?? ''
  );
}

/** The final stage's ENV, where build arguments are left empty. */
export function imageEnvironment(): Record<string, string> {
  const pairs =
    readDockerfile()
      .at(-1)
      ?.filter((each) => each.name === 'ENV')
      .flatMap((each) => each.rest.split(' ')) ?? [];
  return Object.fromEntries(pairs.map((pair) => pair.replace(/\$\w+/g, '').split('=')));
}

/** Sources and target of a COPY; `from` is the stage, or empty for the build context. */
export function parseCopy(rest: string): { from: string; sources: string[]; target: string } {
  const words = rest.split(/\s+/);
  const from = words[0]?.startsWith('--from=') ? (words.shift() as string).slice('--from='.length) : '';
  return { from, target: words.pop() as string, sources: words };
}

/** Whether the build may see a path, by Dockerfile.dockerignore: the last pattern that matches it or a folder above it decides. */
export function inContext(path: string): boolean {
  let seen = true;
  for (const line of readFileSync(join(ROOT, 'docker/Dockerfile.dockerignore'), 'utf8').split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const pattern = line
      .replace(/^!/, '')
      .replace(/[.+^$()|[\]{}]/g, '\\$&')
      .replace(/\*\*\/|\*/g, (stars) => (stars === '*' ? '[^/]*' : '(?:.*/)?'));
    if (new RegExp(`^${pattern}(?:/|$)`).test(path)) seen = line.startsWith('!');
  }
  return seen;
}

/**
 * Follows the Dockerfile without an engine: its build stage runs in a temporary folder that holds what it copies from the context,
 * its final stage gathers in another one. Only `npm ci` is left out: the packages that are installed here are used.
 */
export class ImageBuild {
  private readonly folder = mkdtempSync(join(tmpdir(), 'banyan-image-'));
  private readonly stage = join(this.folder, 'build');
  /** Node, where everybody may run it, as in the image. */
  readonly node = join(this.folder, 'node');

  constructor() {
    chmodSync(this.folder, 0o755);
    mkdirSync(this.stage);
    cpSync(process.execPath, this.node);
    symlinkSync(join(ROOT, 'node_modules'), join(this.stage, 'node_modules'));
    try {
      const [steps = []] = readDockerfile();
      this.follow(steps.filter((each) => each.name !== 'RUN' || !/^npm ci |app-files/.test(each.rest)));
    } catch (error) {
      this.remove(); // nobody else can: there is no build to call it on
      throw error;
    }
  }

  /** Makes the image of one app: the folder that is /app in it, and what app-files.mjs says of it. */
  of(app: string): { folder: string; report: AppReport } {
    const run = readDockerfile()[0]?.findLast((each) => each.rest.includes('app-files'))?.rest as string;
    const image = join(this.folder, `image-${app.replaceAll('/', '-')}`);
    rmSync(image, { recursive: true, force: true });
    const command = `${run.replace('/image', image)} --json`;
    const report = JSON.parse(this.run(command, { APP: app })) as AppReport;
    for (const { from, sources, target } of copies(readDockerfile().at(-1) ?? [])) {
      if (from === '')
        for (const source of sources)
          cpSync(join(ROOT, source), join(image, target, source.split('/').at(-1) as string));
    }
    return { folder: image, report };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private follow(instructions: readonly Instruction[]): void {
    for (const { name, rest } of instructions) {
      if (name === 'RUN') this.run(rest);
      if (name !== 'COPY') continue;
      const { sources, target } = parseCopy(rest);
      for (const source of sources) this.copy(source, target);
    }
  }

  /** As COPY does: a target that ends in a slash is a folder, and so is one that many sources go to. */
  private copy(source: string, target: string): void {
    const to = join(
      this.stage,
      target.endsWith('/') ? join(target, source.split('/').at(-1) as string) : target,
    );
    cpSync(join(ROOT, source), to, { recursive: true, filter: (path) => inContext(relative(ROOT, path)) });
  }

  private run(command: string, environment: Record<string, string> = {}): string {
    const env = { ...process.env, ...environment };
    const { status, stdout, stderr } = spawnSync('/bin/sh', ['-ec', command], {
      cwd: this.stage,
      encoding: 'utf8',
      env,
    });
    if (status !== 0) throw new Error(`RUN ${command} ended with ${status}:\n${stdout}${stderr}`);
    return stdout;
  }
}

function copies(stage: readonly Instruction[]) {
  return stage.filter((each) => each.name === 'COPY').map((each) => parseCopy(each.rest));
}

/** What app-files.mjs prints. */
export interface AppReport {
  readonly main: string;
  readonly files: readonly string[];
  readonly packages: readonly string[];
  readonly sizes: { readonly ours: number; readonly packages: number };
}

/** A process in the place of a container. */
export interface Container {
  readonly url: string;
  /** Runs another program in it, as the health check is; answers with its exit code. */
  exec(program: readonly string[], environment?: Record<string, string>): Promise<number>;
  /** Sends SIGTERM; answers with the exit code and how long it took, in seconds. */
  stop(): Promise<{ code: number | null; seconds: number; output: string }>;
}

/**
 * Starts an image's folder by its ENTRYPOINT with its ENV, as its USER where this process may choose one (as root), and waits for
 * the address that the application says, in its panel or a log line.
 */
export async function startContainer(
  build: ImageBuild,
  folder: string,
  environment: Record<string, string>,
): Promise<Container> {
  const [uid, gid] = imageSays('USER').split(':').map(Number) as [number, number];
  const options = {
    cwd: folder,
    env: { ...imageEnvironment(), PORT: '0', DATA_DIR: '/nonexistent', ...environment },
    ...(process.getuid?.() === 0 ? { uid, gid } : {}),
  };
  const [, ...args] = JSON.parse(imageSays('ENTRYPOINT')) as string[];
  const child = spawn(build.node, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const ended = once(child, 'exit');
  const url = await new Promise<string>((resolve, reject) => {
    const read = (bytes: Buffer) => {
      output += bytes;
      const address = /(?:^\s*address\s+|"url":")(http:[^\s"]+)/m.exec(output)?.[1];
      if (address) resolve(address);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`It ended with ${code}:\n${output}`)));
  });
  return {
    url,
    exec: async ([, ...rest], more = {}) => {
      const other = spawn(build.node, rest, {
        ...options,
        env: { ...options.env, ...more },
        stdio: 'ignore',
      });
      return (await once(other, 'exit'))[0];
    },
    stop: async () => {
      const began = performance.now();
      child.kill('SIGTERM');
      const [code] = await ended;
      return { code, seconds: (performance.now() - began) / 1000, output };
    },
  };
}
