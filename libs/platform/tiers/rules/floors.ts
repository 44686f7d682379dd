import type { Floor } from '../place.js';
import { placeOf } from '../place.js';
import { eachImport } from './rule.js';

/** One arrow: apps to marketplace to platform. Tests may reach further, and stand beside what they test. */
const FORBIDDEN: Partial<Record<Floor, readonly Floor[]>> = {
  platform: ['marketplace', 'apps', 'testing', 'migrations'],
  marketplace: ['apps', 'testing', 'migrations'],
  testing: ['apps'],
  migrations: ['apps', 'marketplace', 'testing'],
};

/** The platform knows no business, and nothing knows the apps. */
export const floors = eachImport('floors', (file, { specifier, target }) => {
  if (target === undefined || file.place.spec) return undefined;
  const { floor, spec } = placeOf(target);
  if (spec) {
    return {
      says: `imports ${specifier}, which belongs to tests.`,
      cure: 'move what both need into a file of its own that is no spec and no sample.',
    };
  }
  if (!FORBIDDEN[file.place.floor]?.includes(floor)) return undefined;
  return {
    says: `imports ${specifier}: ${file.place.floor} may not know ${floor} (apps → marketplace → platform).`,
    cure: `hand in what it needs from above (a parameter, a provider, an event), or move the file to ${floor}.`,
  };
});
