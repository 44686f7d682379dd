import type { Listener } from '../events/listener.js';
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

/** What a move would break: offered by `from` but not by `to`. */
export function missingFrom(from: ModuleContract | undefined, to: ModuleContract | undefined): string[] {
  const offered = new Set([...(to?.operations ?? []), ...(to?.listeners ?? [])]);
  return [...(from?.operations ?? []), ...(from?.listeners ?? [])].filter((entry) => !offered.has(entry));
}

function inWords(listener: Listener): string {
  const hears = listener.types.map((type) => `${type.type}@${type.version}`).sort();
  return `${listener.name} hears ${hears.join(', ')}`;
}
