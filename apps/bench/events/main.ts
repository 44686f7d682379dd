import { spread } from '../measure/figures.js';
import { load, machine, versions } from '../measure/surroundings.js';
import { writeJson } from '../measure/write-json.js';
import { Arena } from './arena.js';
import { aimsOf, figuresOf, wrongPieces } from './compare.js';
import type { Options } from './options.js';
import { report } from './report.js';
import type { Result } from './result.js';
import { runRounds } from './rounds.js';

const PACKAGES = ['bullmq', 'ioredis', 'pg', 'typeorm', '@nestjs/core', 'pg-boss', 'graphile-worker'];

/** What `npm run bench -- events` does: progress on stderr, the report on stdout, the result as JSON where asked. */
export async function events(options: Options): Promise<void> {
  const began = performance.now();
  const minutes = () => (performance.now() - began) / 60_000;
  const note = (line: string) => process.stderr.write(`${minutes().toFixed(1).padStart(5)} min  ${line}\n`);
  const loadBefore = load();
  const arena = await Arena.open(note);
  try {
    const measured = await runRounds(arena, options, note);
    const result: Result = {
      what: 'events',
      at: new Date().toISOString(),
      minutes: minutes(),
      machine: machine(loadBefore),
      others: spread(measured.map(({ piece }) => piece.others)),
      versions: { ...versions(PACKAGES), ...arena.versions },
      settings: options,
      aims: aimsOf(measured, options.backlogs),
      figures: figuresOf(measured),
      wrong: wrongPieces(measured),
    };
    process.stdout.write(`\n${report(result)}\n`);
    if (options.json) writeJson(options.json, result);
    if (result.wrong.length > 0) process.exitCode = 1;
  } finally {
    await arena.close();
  }
}
