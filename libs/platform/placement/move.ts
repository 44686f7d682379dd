import { setTimeout as pause } from 'node:timers/promises';
import { type CallsPerSide, callsBetween } from './calls-per-side.js';
import { missingFrom } from './contract-of.js';
import type { SeenInstance } from './instance.js';
import { changeRoute, wantApp, wantedApps } from './sql/change-route.js';
import { type PlacementView, readPlacement } from './sql/read-placement.js';
import type { Queryable } from './sql/rows-of.js';

export type { CallsPerSide } from './calls-per-side.js';

/** A module can't be moved, and why; nothing has changed, or what has is said. The message ends with what to do. */
export class MoveRefused extends Error {
  override readonly name = 'MoveRefused';
}

/** What to move, and who wants it. */
export interface MoveOptions {
  readonly module: string;
  /** `apart`: to the app that bears its name. `together`: to the app that hosts the most. `back`: to where it was before. */
  readonly to: 'apart' | 'together' | 'back';
  readonly who: string;
  readonly why: string;
  /** Told each step when it is done. */
  readonly say: (step: string) => void;
  /** Shown the calls to the module since the move began, again and again while it goes on. */
  readonly count?: (calls: CallsPerSide) => void;
  /** How long each step may take, in ms. Default: {@link WITHIN}. */
  readonly within?: Partial<typeof WITHIN>;
}

/** What a move came to. */
export interface Moved {
  readonly module: string;
  readonly from: string;
  readonly to: string;
  /** The version of the route; undefined when it led there already. */
  readonly version: string | undefined;
  /** Calls and requests to the module while it was being moved, over all processes. */
  readonly calls: CallsPerSide;
}

/**
 * How long each step may take, in ms. Who was killed stays in the registry for 10 s and follows nothing: what all must have
 * done may take longer than that.
 */
const WITHIN = { started: 30_000, followed: 15_000, drained: 30_000, gone: 15_000, counted: 3_000 };

/**
 * Moves a module to another app while both work: finds or asks for the app, compares what both sides offer, changes the
 * route, waits until every process follows it and the old side has finished what it had begun.
 *
 * It may be interrupted anywhere and run again: the route is the only state, it is changed in one statement, and both
 * sides can answer and deliver at any moment, since they share the database.
 *
 * @throws MoveRefused
 */
export async function moveModule(database: Queryable, options: MoveOptions): Promise<Moved> {
  const { module, say } = options;
  const before = await readPlacement(database);
  const from = homeOf(before, module);
  const to = targetOf(before, options, from);
  say(`${module} is answered by ${from}, to be answered by ${to}`);
  const instances = await present(database, before, { from, to }, options);
  say(`${to} runs and offers what ${from} does: ${offered(instances[0], module)}`);
  const began = await counted(database, options);
  const callsUntil = (view: PlacementView) =>
    callsBetween(began.instances, view.instances, module, { from, to });
  const watch = (view: PlacementView) => options.count?.(callsUntil(view));
  const version = await route(database, { from, to }, options);
  say(version ? `route changed, version ${version}` : 'the route leads there already');
  const followed = await follow(database, options, to, watch);
  say(`every process follows (${followed} of ${followed})`);
  await drain(database, options, to, watch);
  say(`nothing is in work at ${from} any more`);
  const calls = callsUntil(await counted(database, options)); // before an app goes, and its counts with it
  if (to !== module) await dismiss(database, options);
  return { module, from, to, version, calls };
}

/** The app that answers for a module now. */
function homeOf(view: PlacementView, module: string): string {
  const hosts = view.instances.filter((instance) => instance.modules.includes(module));
  if (hosts.length === 0) {
    const known = [...new Set(view.instances.flatMap((instance) => instance.modules))].sort().join(', ');
    throw new MoveRefused(
      known
        ? `No running app hosts a module "${module}": those that run host ${known}.`
        : 'No app runs: start one with npm start, and move the module while it works.',
    );
  }
  const routed = view.routes.get(module)?.app;
  const home = hosts.find((instance) => instance.app === routed) ?? hosts[0];
  return home?.app ?? module;
}

function targetOf(view: PlacementView, { module, to }: MoveOptions, from: string): string {
  if (to === 'apart') return module;
  if (to === 'back') {
    const previous = view.routes.get(module)?.previous;
    if (!previous) throw new MoveRefused(`${module} has not been moved yet: there is no step back.`);
    return previous;
  }
  const [biggest] = view.instances
    .filter((instance) => instance.modules.includes(module) && instance.modules.length > 1)
    .sort((a, b) => b.modules.length - a.modules.length);
  if (biggest) return biggest.app;
  throw new MoveRefused(
    `No running app hosts ${module} together with others (it is at ${from}): start one with npm start.`,
  );
}

/** From where to where. */
interface Way {
  readonly from: string;
  readonly to: string;
}

/** Finds the app, or has it started, and looks whether it is fit. What is refused is wanted no more. */
async function present(
  database: Queryable,
  view: PlacementView,
  way: Way,
  options: MoveOptions,
): Promise<readonly SeenInstance[]> {
  const { module, who } = options;
  if (way.to !== module) return findFit(database, view, way, options);
  const before = (await wantedApps(database)).get(module) ?? false;
  // Wanted in any case: whoever starts processes keeps it, also after a restart of everything.
  await wantApp(database, module, true, who);
  try {
    return await findFit(database, view, way, options);
  } catch (error) {
    if (!before) await wantApp(database, module, false, who);
    throw error;
  }
}

async function findFit(
  database: Queryable,
  view: PlacementView,
  { from, to }: Way,
  { module, within }: MoveOptions,
): Promise<readonly SeenInstance[]> {
  const running = (seen: PlacementView) =>
    seen.instances.filter((instance) => instance.app === to && instance.modules.includes(module));
  const startedMs = within?.started ?? WITHIN.started;
  const found = await until(database, startedMs, (seen) => running(seen).length > 0, view);
  if (!found) {
    throw new MoveRefused(
      `App ${to} did not come within ${startedMs / 1000} s. npm start starts what is wanted; elsewhere, start it ` +
        `yourself (node dist/apps/services/${to}/main.js), and move again. Nothing has changed.`,
    );
  }
  refuseMismatch(view, module, from, running(found));
  if (to === module) refuseCoupled(view, module);
  return running(found);
}

function refuseMismatch(
  view: PlacementView,
  module: string,
  from: string,
  target: readonly SeenInstance[],
): void {
  const old = view.instances.find((instance) => instance.app === from && instance.modules.includes(module));
  for (const instance of target) {
    const missing = missingFrom(old?.contract[module], instance.contract[module]);
    if (missing.length === 0) continue;
    throw new MoveRefused(
      `${instance.app} (version ${instance.version}) does not offer what ${from} does: ${missing.join('; ')}. ` +
        'Deploy the same version on both sides. Nothing has changed.',
    );
  }
}

/** A module that shares a transaction, or is asked synchronously, stays with its users until that is gone. */
function refuseCoupled(view: PlacementView, module: string): void {
  const reasons = new Set(view.instances.flatMap((instance) => instance.health.objections[module] ?? []));
  if (reasons.size === 0) return;
  throw new MoveRefused(
    `${module} can't be placed apart yet: ${[...reasons].join('; ')}. Nothing has changed.`,
  );
}

function offered(instance: SeenInstance | undefined, module: string): string {
  const contract = instance?.contract[module];
  return `${contract?.operations.length ?? 0} operations, ${contract?.listeners.length ?? 0} listeners`;
}

async function route(
  database: Queryable,
  { from, to: app }: Way,
  { module, who, why }: MoveOptions,
): Promise<string | undefined> {
  const current = (await readPlacement(database)).routes.get(module);
  if (current?.app === app) return undefined;
  const version = await changeRoute(database, { module, from, app, who, why, expected: current?.version });
  if (version === undefined) {
    throw new MoveRefused(
      `Somebody else changed the route of ${module} at the same moment: look (npx banyan instances), and move again.`,
    );
  }
  return version;
}

/** Waits until every process acts on the route. @returns how many there are */
async function follow(
  database: Queryable,
  { module, within }: MoveOptions,
  to: string,
  watch: (view: PlacementView) => void,
): Promise<number> {
  const version = BigInt((await readPlacement(database)).routes.get(module)?.version ?? 0);
  const follows = (seen: PlacementView) => {
    watch(seen);
    return seen.instances.every((instance) => BigInt(instance.follows) >= version);
  };
  const all = await until(database, within?.followed ?? WITHIN.followed, follows);
  if (all) return all.instances.length;
  throw new MoveRefused(
    `The route leads to ${to}, but not every process follows it yet: look (npx banyan instances), and move again to go on.`,
  );
}

/**
 * Waits until the old side has finished what it had begun. Every process follows the route by now, so it gets nothing new; but what
 * it says of itself may be older than that. The renewal after the next one was begun later for sure.
 */
async function drain(
  database: Queryable,
  { module, within }: MoveOptions,
  to: string,
  watch: (view: PlacementView) => void,
): Promise<void> {
  const { instances } = await readPlacement(database);
  const last = new Map(instances.map((instance) => [instance.id, instance.renewal]));
  const idle = (seen: PlacementView) => {
    watch(seen);
    return seen.instances
      .filter((instance) => instance.app !== to && instance.modules.includes(module))
      .every(
        ({ id, renewal, health }) =>
          renewal >= (last.get(id) ?? 0) + 2 &&
          !health.delivers.includes(module) &&
          !health.answering[module],
      );
  };
  if (await until(database, within?.drained ?? WITHIN.drained, idle)) return;
  throw new MoveRefused(
    `The route is changed, but the old side still works for ${module}: move again to go on waiting.`,
  );
}

/**
 * Lets the app go that nobody needs any more: also one that has died, or that an interrupted move left behind, else it would
 * be kept running, and a restart of everything would lead the module there again.
 */
async function dismiss(database: Queryable, { module: app, who, say, within }: MoveOptions): Promise<void> {
  const wanted = (await wantedApps(database)).get(app);
  const absent = (seen: PlacementView) => seen.instances.every((instance) => instance.app !== app);
  if (wanted !== true && absent(await readPlacement(database))) return;
  if (wanted !== false) await wantApp(database, app, false, who);
  const gone = await until(database, within?.gone ?? WITHIN.gone, absent);
  say(gone ? `${app} has stopped` : `${app} still runs, but nothing is sent to it any more`);
}

async function until(
  database: Queryable,
  withinMs: number,
  holds: (view: PlacementView) => boolean,
  first?: PlacementView,
): Promise<PlacementView | undefined> {
  const end = performance.now() + withinMs;
  for (let view = first ?? (await readPlacement(database)); ; view = await readPlacement(database)) {
    if (holds(view)) return view;
    if (performance.now() > end) return undefined;
    await pause(50);
  }
}

/** What every process says of itself, once each has said it anew: it does so about once a second. */
async function counted(database: Queryable, { within }: MoveOptions): Promise<PlacementView> {
  const from = performance.now();
  const said = (seen: PlacementView) =>
    seen.instances.every(({ silentSeconds }) => silentSeconds * 1_000 < performance.now() - from);
  return (await until(database, within?.counted ?? WITHIN.counted, said)) ?? (await readPlacement(database));
}
