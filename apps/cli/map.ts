import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Table from 'cli-table3';
import pc from 'picocolors';
import { asDot, asMermaid, type DeclaredEdge, type ServiceMap, serviceMap } from '#platform/questions';
import { withStore } from './database.js';
import { inert, inertJson } from './inert.js';
import { COMPACT, heads, UNSTYLED } from './layout.js';
import { CommandError, EXIT, type Terminal } from './terminal.js';

/** `banyan map`: who uses whom, as it was observed, against what the source declares. */
export async function showMap(
  terminal: Terminal,
  options: { since: number; json?: boolean; format: string },
): Promise<number> {
  if (!['table', 'mermaid', 'dot'].includes(options.format))
    throw new CommandError(`--format ${options.format} is none: say table, mermaid or dot.`);
  const declared = declaredUses(join(terminal.folder, 'libs/marketplace'));
  const map = await withStore(terminal, (client) => serviceMap(client, options.since / 1_000, declared));
  if (options.json) terminal.out(`${inertJson({ declared: declared.length, ...map })}\n`);
  else if (options.format === 'mermaid') terminal.out(`${asMermaid(map)}\n`);
  else if (options.format === 'dot') terminal.out(`${asDot(map)}\n`);
  else terminal.out(report(map, declared.length > 0));
  return map.undeclared.length === 0 ? EXIT.fine : EXIT.found;
}

const IMPORT = /^import\s+(?!type\s)\{([^}]*)\}\s+from\s+'#marketplace\/([a-z-]+)'/gm;

/**
 * What the modules of a repository declare: the API of another module that one imports is asked, and what else its listeners import
 * are events that they hear. An event of another module that one publishes goes there.
 *
 * @param folder with one folder per module; where it is missing, nothing is declared
 */
export function declaredUses(folder: string): readonly DeclaredEdge[] {
  if (!existsSync(folder)) return [];
  const found = new Map<string, DeclaredEdge>();
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const module = path.split('/')[0] as string;
    if (!/\.ts$/.test(path) || /\.(spec|sample|fixture|module)\.ts$/.test(path) || !path.includes('/'))
      continue;
    const text = readFileSync(join(folder, path), 'utf8');
    for (const [, names = '', other = ''] of text.matchAll(IMPORT)) {
      if (other === module || !existsSync(join(folder, other, 'contract'))) continue;
      const values = names
        .split(',')
        .map((name) => name.trim())
        .filter((name) => name !== '' && !name.startsWith('type '));
      const add = (edge: DeclaredEdge) => found.set(JSON.stringify(edge), edge);
      if (values.some((name) => name.endsWith('Api'))) add({ from: module, to: other, way: 'call' });
      if (/listeners?\b/.test(path) && values.some((name) => !name.endsWith('Api')))
        add({ from: other, to: module, way: 'event' });
      if (values.some((name) => text.includes(`publish(${name}`)))
        add({ from: module, to: other, way: 'event' });
    }
  }
  return [...found.values()];
}

function report({ observed, undeclared, unused }: ServiceMap, declared: boolean): string {
  const odd = new Set(undeclared);
  const table = new Table({
    head: heads('from', 'to', 'way', 'times', 'errors', ''),
    style: UNSTYLED,
    chars: COMPACT,
  });
  for (const edge of observed) {
    const { from, to, way, count, errors } = edge;
    const note = odd.has(edge) ? pc.red('not declared') : '';
    table.push([
      inert(from),
      pc.bold(inert(to)),
      way,
      String(count),
      errors > 0 ? pc.red(String(errors)) : '0',
      note,
    ]);
  }
  for (const { from, to, way } of unused)
    table.push([inert(from), inert(to), way, '0', '0', pc.dim('declared, not observed')]);
  const hint = declared
    ? ''
    : pc.dim('No libs/marketplace here: run it in the root of the repository to compare with the source.\n');
  return `${table.toString()}\n${hint}`;
}
