import type { OpenUnit } from './open-unit.js';

/** What a unit of work needs of the room that keeps events. */
export abstract class EventWriter {
  /**
   * Writes the events that the unit has staged, and their deliveries: the last statements before its commit. They are on
   * their way when this returns, so that COMMIT can follow at once and share their round trip.
   *
   * @returns what to do once the unit has committed: wake the listeners
   */
  abstract write(unit: OpenUnit): Promise<() => void>;

  /** Told what failed after a commit, where no caller can be told any more. */
  abstract report(error: unknown): void;
}
