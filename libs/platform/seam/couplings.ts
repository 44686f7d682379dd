import { Bug } from './bug.js';
import type { SeamCounts } from './counts.js';
import type { Exported } from './exported.js';
import { SHARED_TRANSACTION_CURE } from './shared-transaction.js';

/** A reason why a module and those who use it can't be placed apart yet. */
export interface Coupling {
  readonly kind: 'synchronous' | 'property' | 'bound' | 'circular' | 'transaction' | 'everywhere';
  readonly module: string;
  /** `<Token>.<method or property>`, or the token. */
  readonly what: string;
  /** Who was seen using it; empty for what is known from declarations. */
  readonly callers: readonly string[];
  /** How often it was seen. */
  readonly times: number;
  readonly cure: string;
}

/** What to do about properties that others read. */
export const PROPERTY_CURE = 'Offer an async method instead of the property.';

/** What to do about a coupling, by its kind. */
export const COUPLING_CURES = {
  synchronous: 'Declare the method async, and await it where it is called.',
  property: PROPERTY_CURE,
  transaction: SHARED_TRANSACTION_CURE,
  circular: 'Let one module ask and the others answer, or publish an event.',
} as const;

/** Properties of exported providers that other modules read or wrote: a live object, which no wire carries. */
export class PropertyTouches {
  readonly #seen = new Map<string, { module: string; what: string; caller: string; times: number }>();

  constructor(private readonly refuse: boolean) {}

  /**
   * Notes an access. The module's own are no coupling, and those from outside every module are Nest's or a debugger's.
   *
   * @throws Bug when live properties are refused
   */
  note(
    { module, token }: Exported,
    name: string,
    access: 'read' | 'written',
    caller: string | undefined,
  ): void {
    if (caller === undefined || caller === module) return;
    const what = `${token}.${name}`;
    if (this.refuse) {
      throw new Bug(
        `The property ${what} of ${module} was ${access} by ${caller}, which can't travel. ${PROPERTY_CURE}`,
      );
    }
    const key = `${caller} ${module} ${what}`;
    const seen = this.#seen.get(key) ?? { module, what, caller, times: 0 };
    seen.times++;
    this.#seen.set(key, seen);
  }

  /** What was noted, per caller. */
  seen(): Iterable<{
    readonly module: string;
    readonly what: string;
    readonly caller: string;
    readonly times: number;
  }> {
    return this.#seen.values();
  }
}

/** All couplings known so far. */
export function couplingsOf(
  exports: readonly Exported[],
  touches: PropertyTouches,
  counts: SeamCounts,
): readonly Coupling[] {
  const found = new Map<string, Coupling>();
  const add = (
    kind: keyof typeof COUPLING_CURES,
    module: string,
    what: string,
    caller: string,
    times: number,
  ) => {
    if (times === 0) return;
    const known = found.get(`${kind} ${module} ${what}`);
    const callers = [...(known?.callers ?? []), caller];
    const all = (known?.times ?? 0) + times;
    found.set(`${kind} ${module} ${what}`, {
      kind,
      module,
      what,
      callers,
      times: all,
      cure: COUPLING_CURES[kind],
    });
  };
  for (const edge of counts.rows()) {
    add('synchronous', edge.callee, edge.operation, edge.caller, edge.synchronous);
    add('transaction', edge.callee, edge.operation, edge.caller, edge.transactions);
    add('circular', edge.callee, edge.operation, edge.caller, edge.circular);
  }
  for (const { module, what, caller, times } of touches.seen()) add('property', module, what, caller, times);
  const bound = exports
    .filter(({ way }) => way === 'bound')
    .map(
      ({ module, token, why }) =>
        ({ kind: 'bound', module, what: token, callers: [], times: 0, cure: why ?? '' }) as const,
    );
  return [...bound, ...found.values()];
}
