import type { Patch } from '../build/patch.js';
import type { Placing } from '../stack/bed.js';

/** A fault in the product, or in the bed, that the oracle must see: patched into a temporary copy of the code. */
export interface Mutant {
  readonly number: number;
  readonly says: string;
  readonly patches: readonly Patch[];
  /** The checks of which at least one must find it; that something else is found does not count. */
  readonly caughtBy: readonly string[];
  /** Default: together. */
  readonly placing?: Placing;
}
