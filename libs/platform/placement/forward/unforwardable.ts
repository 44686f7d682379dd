/** A request that is answered here, since passing it on could be read in two ways. */
export class Unforwardable extends Error {
  /**
   * @param status what the client is answered: 400, 405, 431, 501, 508
   * @param message what is wrong and how to mend it, without a word of the request
   */
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
    this.name = 'Unforwardable';
  }
}
