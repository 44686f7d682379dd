import Table from 'cli-table3';
import pc from 'picocolors';
import { type PlacementView, readPlacement, type SeenInstance } from '#platform/placement';
import { withDatabase } from './database.js';
import { inert, inertJson } from './inert.js';
import { EXIT, type Terminal } from './terminal.js';

const UNSTYLED = { head: [], border: [] };

/** `banyan instances`: which processes run, what they host and deliver, and where each module is answered. */
export async function listInstances(terminal: Terminal, options: { json?: boolean }): Promise<number> {
  const view = await withDatabase(terminal, (client) => readPlacement(client));
  if (options.json) {
    terminal.out(`${inertJson({ instances: view.instances, routes: [...view.routes.values()] })}\n`);
  } else
    terminal.out(
      view.instances.length === 0 ? pc.yellow('No app runs. Start one: npm start\n') : report(view),
    );
  return EXIT.fine;
}

function report(view: PlacementView): string {
  const processes = new Table({
    head: ['instance', 'app', 'version', 'answers', 'seen', 'delivers for'].map((head) => pc.dim(head)),
    colWidths: [null, null, null, null, null, 44],
    wordWrap: true,
    style: UNSTYLED,
  });
  for (const instance of view.instances) processes.push(row(instance));
  return `${processes.toString()}\n${routes(view)}${undelivered(view)}`;
}

/** Modules with listeners that are routed to an app which does not run: others answer for them, and nobody delivers. */
function undelivered(view: PlacementView): string {
  return [...view.routes.values()]
    .filter(
      ({ module, app }) =>
        !view.instances.some((instance) => instance.app === app && listens(instance, module)),
    )
    .filter(({ module }) => view.instances.some((instance) => listens(instance, module)))
    .map(({ module, app }) =>
      pc.red(
        `Nobody works on the deliveries of ${inert(module)}: app ${inert(app)} does not run. Start it, or take the module ` +
          `back: npx banyan move ${inert(module)} --to together\n`,
      ),
    )
    .join('');
}

function listens(instance: SeenInstance, module: string): boolean {
  return (instance.contract[module]?.listeners.length ?? 0) > 0;
}

function row(instance: SeenInstance): string[] {
  return [
    inert(instance.id),
    pc.bold(inert(instance.app)),
    inert([instance.version, instance.commit.slice(0, 8)].filter(Boolean).join(' ')),
    inert(instance.httpAddress),
    `${instance.silentSeconds.toFixed(1)} s ago`,
    inert(instance.health.delivers.join(', ') || '-'),
  ];
}

function routes(view: PlacementView): string {
  if (view.routes.size === 0) return pc.dim('No routes: every module is answered where it is hosted.\n');
  const table = new Table({
    head: ['module', 'answered by', 'before', 'version', 'changed by', 'why'].map((head) => pc.dim(head)),
    style: UNSTYLED,
  });
  for (const route of [...view.routes.values()].sort((a, b) => a.module.localeCompare(b.module))) {
    const alive = view.instances.some((instance) => instance.app === route.app);
    const app = alive ? pc.green(route.app) : pc.red(`${route.app} (does not run)`);
    const when = route.changedAt.toISOString().slice(0, 16).replace('T', ' ');
    table.push(
      [route.module, app, route.previous ?? '-', route.version, `${route.who} ${when}`, route.why].map(inert),
    );
  }
  return `${table.toString()}\n`;
}
