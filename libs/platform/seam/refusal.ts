/**
 * Why a refusal was given, in terms that every transport can map (HTTP: 400, 401, 403, 404, 409, 410, 422, 429).
 */
export type RefusalKind =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'gone'
  | 'unprocessable'
  | 'too-many';

/** Plain data that explains a refusal to the caller: it crosses the wire, so nothing but JSON. */
export type RefusalDetails = Readonly<Record<string, unknown>>;

/**
 * A business answer of "no". Never retried, never logged as an error. It crosses the seam as itself: the caller in
 * another process gets a `Refusal` with the same code, kind, message and details.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    /** Stable name, `<module>.<what>`: what callers branch on. */
    readonly code: string,
    readonly kind: RefusalKind,
    message: string,
    readonly details: RefusalDetails = {},
  ) {
    super(message);
  }
}

/** A declared refusal of a contract: call it to make one, ask it whether an error is one. */
export interface RefusalType<D extends RefusalDetails> {
  (details: D): Refusal;
  readonly code: string;
  readonly kind: RefusalKind;
  /** True for refusals of this code, wherever they were thrown. */
  is(error: unknown): error is Refusal & { readonly details: D };
}

/**
 * Declares a refusal in a module's `*.refusals.ts`.
 *
 * @param code `<module>.<what>`, stable for ever
 * @param kind what sort of "no" it is
 * @param message the sentence for people; it ends with what to do
 */
export function refusal<D extends RefusalDetails = Record<never, never>>(
  code: string,
  kind: RefusalKind,
  message: (details: D) => string,
): RefusalType<D> {
  const make = (details: D) => new Refusal(code, kind, message(details), details);
  const is = (error: unknown): error is Refusal & { readonly details: D } =>
    error instanceof Refusal && error.code === code;
  return Object.assign(make, { code, kind, is });
}
