import { existsSync } from 'node:fs';
import { join } from 'node:path';
import pc from 'picocolors';
import { checkSource, describeViolations } from '#platform/tiers';
import { inertJson } from './inert.js';
import { CommandError, EXIT, type Terminal } from './terminal.js';

/** `banyan check`: the source of the current folder against the rules of the house. */
export async function check(terminal: Terminal, options: { json?: boolean }): Promise<number> {
  if (!existsSync(join(terminal.folder, 'libs')) && !existsSync(join(terminal.folder, 'apps'))) {
    throw new CommandError(
      `There is neither libs/ nor apps/ in ${terminal.folder}: run this in the root of the repository.`,
    );
  }
  const { violations, files } = checkSource(terminal.folder);
  if (options.json) terminal.out(`${inertJson({ files, violations })}\n`);
  else if (violations.length === 0) terminal.out(pc.green(`${files} files keep the rules.\n`));
  else
    terminal.out(
      `${describeViolations(violations)}\n\n${pc.red(`${violations.length} violations in ${files} files.`)}\n`,
    );
  return violations.length === 0 ? EXIT.fine : EXIT.found;
}
