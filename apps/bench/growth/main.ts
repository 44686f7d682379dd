import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import { startPostgres } from '#platform/embedded';
import { load, machine, versions } from '../measure/surroundings.js';
import { boundsOf } from './bounds.js';
import { Load } from './load.js';
import { Look } from './look.js';
import type { Options } from './options.js';
import { type Result, report } from './report.js';

/** What `npm run bench -- growth` does: progress on stderr, the report on stdout, the result as JSON where asked. */
export async function growth(options: Options): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'banyan-growth-'));
  const note = (line: string) => process.stderr.write(`${line}\n`);
  const postgres = await startPostgres({ dataDir, log: note });
  const { home } = JSON.parse(readFileSync(join(dataDir, 'postgres.json'), 'utf8')) as { home: string };
  const client = new Client({ connectionString: postgres.url, application_name: 'banyan growth' });
  try {
    await client.connect();
    const result = await run(client, home, postgres.url, options, note);
    process.stdout.write(`\n${report(result)}\n`);
    if (options.json) {
      mkdirSync(dirname(options.json), { recursive: true });
      writeFileSync(options.json, `${JSON.stringify(result, null, 2)}\n`);
    }
    if (result.bounds.some(({ met }) => !met)) process.exitCode = 1;
  } finally {
    await client.end();
    await postgres.stop();
    for (const folder of [home, dataDir]) await rm(folder, { recursive: true, force: true });
  }
}

async function run(
  client: Client,
  home: string,
  url: string,
  options: Options,
  note: (line: string) => void,
): Promise<Result> {
  const loadBefore = load();
  const app = await Load.start(url, options);
  const look = new Look(client, home, () => app.published, note);
  try {
    const before = await look.take();
    await look.during(app.publish(options));
    const { seconds } = look;
    await look.untilLevel(options.keepMb * 2 ** 20);
    const { samples } = look;
    const figures = { published: app.published, seconds, before, samples, ...(await look.end()) };
    return {
      what: 'growth',
      at: new Date().toISOString(),
      settings: options,
      ...figures,
      bounds: boundsOf(figures, options, figures.maxWal),
      machine: machine(loadBefore),
      versions: versions(['bullmq', 'pg']),
    };
  } finally {
    await app.stop();
  }
}
