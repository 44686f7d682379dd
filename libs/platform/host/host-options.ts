import type { Settings } from '../config/index.js';
import type { ListedModule } from './business-modules.js';

/** What an app is: a name and a list of modules. */
export interface HostOptions {
  readonly name: string;
  /** The business modules that run in this app. */
  readonly here: readonly ListedModule[];
  /** The business modules that these ask and that other apps host. Default: none. */
  readonly elsewhere?: readonly ListedModule[];
  /** The application's version, to be shown with the instance. Default: dev. */
  readonly version?: string;
  /** Where finished lines go. Default: standard output. */
  readonly linesTo?: { write(line: string): void };
  /** DATABASE_URL and CALL_SECRET must be set in them: starting a server or making up a secret is not the app's business. */
  readonly settings: Settings;
}
