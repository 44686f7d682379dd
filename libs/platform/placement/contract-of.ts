import type { Listener } from '../events/listener.js';
import { knownVersions, versioned } from '../events/versions.js';
import type { ModuleContract } from './instance.js';

/**
 * What an application offers of each of its modules, in words that two versions can be compared by: operations by token and
 * method, listeners by name and the events with versions that they hear.
 *
 * @param operations by module, as the seam knows them
 */
export function contractsOf(
  modules: readonly string[],
  operations: Readonly<Record<string, readonly string[]>>,
  listeners: readonly Listener[],
): Record<string, ModuleContract> {
  const contract = (module: string): ModuleContract => ({
    operations: operations[module] ?? [],
    listeners: listeners
      .filter((listener) => listener.module === module)
      .map(inWords)
      .sort(),
  });
  return Object.fromEntries(modules.map((module) => [module, contract(module)]));
}

/** What a move would break: offered by `from` but not by `to`. Who hears more, or newer versions beside the same, offers it too. */
export function missingFrom(from: ModuleContract | undefined, to: ModuleContract | undefined): string[] {
  const operations = new Set(to?.operations ?? []);
  const heard = new Set((to?.listeners ?? []).flatMap(oneByOne));
  return [
    ...(from?.operations ?? []).filter((operation) => !operations.has(operation)),
    ...(from?.listeners ?? []).filter((listener) => oneByOne(listener).some((each) => !heard.has(each))),
  ];
}

function inWords(listener: Listener): string {
  const hears = listener.types.flatMap((type) =>
    knownVersions(type).map((version) => versioned(type.type, version)),
  );
  return `${listener.name}${HEARS}${hears.sort().join(', ')}`;
}

const HEARS = ' hears ';

/** `a hears X@1, Y@2` as `a hears X@1` and `a hears Y@2`. */
function oneByOne(listener: string): string[] {
  const [name, events = ''] = listener.split(HEARS);
  return events.split(', ').map((event) => `${name}${HEARS}${event}`);
}
