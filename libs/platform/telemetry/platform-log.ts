/** Facts that go with a log line, under `data`; an `error` among them gets the line's own `error` field. */
export type LogFields = Readonly<Record<string, unknown>>;

/** How code of the platform writes lines where Nest's injection does not reach. */
export interface PlatformLog {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}
