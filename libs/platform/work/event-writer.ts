import type { Answer, LastStatement } from './commit-together.js';
import type { OpenUnit } from './open-unit.js';

/** How events are written, and what follows. */
export interface Writing {
  readonly statements: readonly LastStatement[];
  /** Called once the unit has committed, with the answers: wakes the listeners. */
  readonly committed: (answers: readonly Answer[]) => void;
}

/** What a unit of work needs of the room that keeps events. */
export abstract class EventWriter {
  /**
   * Says how the events that the unit has staged are written, with their deliveries: by the last statements before its commit, which
   * leave with COMMIT in one message.
   */
  abstract write(unit: OpenUnit): Writing;

  /** Told what failed after a commit, where no caller can be told any more. */
  abstract report(error: unknown): void;
}
