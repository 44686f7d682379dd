import type { FactoryProvider } from '@nestjs/common';

/** Who exports an object: the seam's key for values and for what factories made, which no class tells apart. */
export interface Claim {
  readonly module: string;
  readonly token: string;
}

const claims = new WeakMap<object, Claim>();
const originals = new WeakMap<Factory, Factory>();

// biome-ignore lint/suspicious/noExplicitAny: Nest's own type of a factory
type Factory = (...dependencies: any[]) => unknown;

/** Remembers who exports `value`. The first claim stands: a factory that passes on another module's object owns nothing. */
export function claim(value: unknown, by: Claim): void {
  if (typeof value === 'object' && value !== null && !claims.has(value)) claims.set(value, by);
}

/** Who exports this very object, if its provider was a value or a factory. */
export function claimed(value: object): Claim | undefined {
  return claims.get(value);
}

/**
 * A copy of a factory provider whose results are claimed. Nest's decorator of instances isn't told which provider an
 * instance is of, and a factory may return anything: so it is noted at the source. Claiming again replaces the earlier claim.
 */
export function claiming(provider: FactoryProvider, by: Claim): FactoryProvider {
  const original = originals.get(provider.useFactory) ?? provider.useFactory;
  const useFactory: Factory = (...dependencies) => {
    const made = original(...dependencies);
    if (!(made instanceof Promise)) {
      claim(made, by);
      return made;
    }
    return made.then((value: unknown) => {
      claim(value, by);
      return value;
    });
  };
  originals.set(useFactory, original);
  return { ...provider, useFactory };
}
