import type { OpenUnit } from './open-unit.js';

/** What a unit of work needs of the room that keeps events. */
export abstract class EventWriter {
  /**
   * Writes the events that the unit has staged, and their deliveries: the last statements before its commit. Sends them
   * without waiting, so that they share a round trip with COMMIT.
   *
   * @returns what to do once the unit has committed: wake the listeners
   */
  abstract write(unit: OpenUnit): Promise<() => void>;
}
