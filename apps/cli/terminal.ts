import type { Texts } from './database.js';

/** Where a command talks to: the process's own streams, or a test's. */
export interface Terminal {
  /** Results. */
  readonly out: (text: string) => void;
  /** Progress and errors. */
  readonly err: (text: string) => void;
  /** Columns of the terminal; undefined when it is none. */
  readonly width?: number;
  /** The folder that the command is run in. */
  readonly folder: string;
  /** Whether a command that goes on for ever should end. */
  readonly stopped?: () => boolean;
  /** Settings in place of those of the environment and `.env`: for tests. */
  readonly settings?: Texts;
}

/** How a command ended. */
export const EXIT = {
  fine: 0,
  /** It was done, and found what should not be. */
  found: 1,
  /** It could not be done: wrong usage, no database. */
  failed: 2,
} as const;

/** The command can't be done; the message is a sentence for people, ends with the cure, and is shown without a stack. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}
