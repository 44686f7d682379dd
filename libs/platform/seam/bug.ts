/** A broken assertion: wrong use of the platform, an impossible state. Loud, never retried, dead at once. */
export class Bug extends Error {
  override readonly name = 'Bug';
}
