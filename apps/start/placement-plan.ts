import { StartError } from '#platform/host';

/** Which apps run at a start, and where each module belongs. */
export interface PlacementPlan {
  /** Names of apps to start: `marketplace`, or those below apps/services. */
  readonly apps: readonly string[];
  /** The app that each module is to be answered by. */
  readonly homes: ReadonlyMap<string, string>;
  /** Whether a facade stands in front. */
  readonly facade: boolean;
}

/** Everything in one process, but for the modules that were moved out by hand and are still wanted there. */
export function together(modules: readonly string[], apart: readonly string[]): PlacementPlan {
  return {
    apps: ['marketplace', ...apart],
    homes: new Map(modules.map((module) => [module, apart.includes(module) ? module : 'marketplace'])),
    facade: false,
  };
}

/**
 * Every module as its own process behind the facade, or just some of them beside the marketplace.
 *
 * @throws StartError when there is no module of such a name
 */
export function split(modules: readonly string[], apart: readonly string[] | undefined): PlacementPlan {
  const unknown = (apart ?? []).filter((module) => !modules.includes(module));
  if (unknown.length > 0) {
    throw new StartError(`There is no module ${unknown.join(', ')}: choose from ${modules.join(', ')}.`);
  }
  if (!apart) {
    return { apps: [...modules], homes: new Map(modules.map((module) => [module, module])), facade: true };
  }
  return { ...together(modules, apart), facade: true };
}
