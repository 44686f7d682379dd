/** A process that died in the middle of work, as those see it who come after. */
export interface Death {
  readonly instance: string;
  readonly app: string;
  /** Signal or exit code, when somebody saw it die. */
  readonly how: string | null;
}

/**
 * A delivery took its process along: it was in work when one died, and then again with nothing beside it. It stands for what
 * nobody could catch, so it has no stack; the log of the instance has the last words.
 */
export class ProcessDied extends Error {
  override readonly name = 'ProcessDied';

  constructor(listener: string, death: Death) {
    super(`${listener} ended its process (${describe(death)}) while nothing else was in work there.`);
    delete this.stack;
  }
}

/** What is noted of each delivery that may have ended a process, before it is tried again alone. */
export function suspicion(death: Death): string {
  return `The process ended (${describe(death)}) while this or its neighbours were in work: it is tried again alone.`;
}

function describe({ how, app, instance }: Death): string {
  return `${how ?? 'nobody saw how'}; app "${app}", instance "${instance}"`;
}
