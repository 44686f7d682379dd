/** Facts that go with a log line, under `data`; an `error` among them gets the line's own `error` field. */
export type LogFields = Readonly<Record<string, unknown>> & { readonly [ONE_PER_CALL]?: true };

/**
 * Marks the fields of a line that is written once per request, call or delivery, so that the work itself bounds their number:
 * no flood, however alike they are.
 */
export const ONE_PER_CALL: unique symbol = Symbol('one line per call');

/** How code of the platform writes lines where Nest's injection does not reach. */
export interface PlatformLog {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /**
   * Writes a line at info, once per request or call, of nothing but words from code and numbers: such a line needs no scrub.
   *
   * @param words what happened; together with `numbers` it is the message
   * @param numbers what follows the words: digits and units
   * @param data as JSON
   */
  plain?(words: string, numbers: string, data: string): void;
}
