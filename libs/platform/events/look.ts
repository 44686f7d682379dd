import type { OpenUnit } from '../work/open-unit.js';
import type { Identity } from './bury.js';
import { knownOf, type Lane, type Listener } from './listener.js';
import { type ClaimedRow, claimLane } from './sql/claim.js';

/** What is to be done in a lane needs more care than usual: something there was in work when its process died. */
export class LaneNeedsCare extends Error {
  override readonly name = 'LaneNeedsCare';

  /**
   * @param dead instances that died while they worked in this lane, and that nobody has asked about yet; none: the next delivery
   *   in the lane is one that must run alone
   */
  constructor(readonly dead: readonly string[]) {
    super('Something in this lane was in work when its process died.');
  }
}

/** One look into a lane: who looks, how much is taken, and how careful to be. */
export interface Look {
  readonly listener: Listener;
  readonly lane: Lane;
  readonly identity: Identity;
  /** Deliveries to take at most. */
  readonly limit: number;
  /** Resolves once it is noted that this process works in the lane; nothing is handled before. */
  readonly noted: Promise<void> | undefined;
  /** Told each delivery before it is tried: what the unit as a whole fails of is known by it. */
  readonly begun?: (row: ClaimedRow) => void | Promise<void>;
  /** True once nothing new is to be begun here: what was claimed and not begun stays pending, for others. */
  readonly leaving: () => boolean;
  /** What is handled is the only thing in work in this process, so that suspects may be. */
  readonly alone?: boolean;
}

/**
 * Claims what is to be done, oldest first, up to the first delivery that must run alone.
 *
 * @returns undefined when somebody else has the lane
 * @throws LaneNeedsCare when the lane must not be worked as usual
 */
export async function claim(unit: OpenUnit, look: Look): Promise<ClaimedRow[] | undefined> {
  const { listener, lane, limit, identity, noted, alone } = look;
  const [claimed] = await Promise.all([
    claimLane(unit, lane, knownOf(listener), limit, identity.instance),
    noted,
  ]);
  const { locked, dead, rows } = claimed;
  if (!locked) return undefined;
  if (dead.length > 0) throw new LaneNeedsCare(dead);
  const suspect = rows.findIndex(({ crashes }) => crashes > 0);
  if (suspect < 0 || alone) return rows;
  if (suspect === 0) throw new LaneNeedsCare([]);
  return rows.slice(0, suspect);
}
