import { type ListedModule, run } from '#platform/host';
import { migrate } from '../../migrations/migrate.js';
import { startStandIns } from '../stand-ins/start-stand-ins.js';

/** Runs one module, or a few, as an app of its own; what the modules ask of others is answered elsewhere. */
export function runService(app: {
  readonly name: string;
  readonly here: readonly ListedModule[];
  readonly elsewhere: readonly ListedModule[];
}): Promise<void> {
  return run({ ...app, migrate, standIns: startStandIns });
}
