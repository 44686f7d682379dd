/** What a line of an application that knows nothing of us tells; whatever it does not say is undefined. */
export interface ForeignLine {
  /** `pino`, `winston`, `bunyan`, `json`, `logfmt`, `access`, `syslog`, `plain`, `text`. */
  readonly format: string;
  readonly time?: Date;
  readonly level?: string;
  readonly message?: string;
  readonly app?: string;
  readonly instance?: string;
  readonly module?: string;
  readonly operation?: string;
  readonly trace?: string;
  readonly span?: string;
  readonly error?: { readonly kind: string; readonly message: string; readonly stack?: string };
  readonly data?: Readonly<Record<string, unknown>>;
}

const LEVEL_WORDS: Readonly<Record<string, string>> = {
  ...{ trace: 'trace', silly: 'trace', finest: 'trace', verbose: 'debug', debug: 'debug', fine: 'debug' },
  ...{
    info: 'info',
    information: 'info',
    notice: 'info',
    log: 'info',
    http: 'info',
    warn: 'warn',
    warning: 'warn',
  },
  ...{
    error: 'error',
    err: 'error',
    severe: 'error',
    fatal: 'fatal',
    critical: 'fatal',
    crit: 'fatal',
    alert: 'fatal',
  },
  ...{ emerg: 'fatal', emergency: 'fatal', panic: 'fatal' },
};

/** A level in our words: from any of the usual words, or from pino's and bunyan's numbers. */
export function levelOf(value: unknown): string | undefined {
  if (typeof value === 'number') {
    if (value >= 60) return 'fatal';
    return ['trace', 'trace', 'debug', 'info', 'warn', 'error'][Math.floor(value / 10)];
  }
  return typeof value === 'string' ? LEVEL_WORDS[value.toLowerCase()] : undefined;
}

const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec';

/** A moment from ISO 8601 (also with a blank or a comma), Apache's form, syslog's, or seconds or milliseconds since 1970. */
export function timeOf(value: unknown): Date | undefined {
  if (typeof value === 'number') return valid(new Date(value > 1e11 ? value : value * 1_000));
  if (typeof value !== 'string') return undefined;
  const apache = /^(\d\d)\/(\w{3})\/(\d{4}):(\d\d:\d\d:\d\d) ([+-]\d\d)(\d\d)$/.exec(value);
  if (apache)
    return valid(
      new Date(`${apache[3]}-${month(apache[2])}-${apache[1]}T${apache[4]}${apache[5]}:${apache[6]}`),
    );
  const syslog = /^(\w{3}) +(\d{1,2}) (\d\d:\d\d:\d\d)$/.exec(value);
  if (syslog)
    return valid(
      new Date(
        `${new Date().getUTCFullYear()}-${month(syslog[1])}-${String(syslog[2]).padStart(2, '0')}T${syslog[3]}Z`,
      ),
    );
  if (/^\d{10}(?:\.\d+)?$|^\d{13}$/.test(value)) return timeOf(Number(value));
  const iso = value
    .replace(',', '.')
    .replace(/^(\d{4}-\d\d-\d\d) /, '$1T')
    .replace(/ (?=[+-]\d)/, '');
  return /^\d{4}-\d\d-\d\dT/.test(iso)
    ? valid(new Date(/(?:Z|[+-]\d\d:?\d\d)$/.test(iso) ? iso : `${iso}Z`))
    : undefined;
}

function month(name = ''): string {
  return String(MONTHS.indexOf(name) / 3 + 1).padStart(2, '0');
}

function valid(time: Date): Date | undefined {
  return Number.isNaN(time.getTime()) ? undefined : time;
}

const TRACEPARENT = /\b00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}\b/;
const TRACE_ID = /\btrace[-_.]?id["']?\s*[:= ]\s*["']?([0-9a-f]{32})\b/i;
const SPAN_ID = /\bspan[-_.]?id["']?\s*[:= ]\s*["']?([0-9a-f]{16})\b/i;
/** A request id that is a UUID or has 32 hex digits is a trace that its application has begun. */
const REQUEST_ID =
  /\b(?:x[-_])?(?:request|correlation)[-_.]?id["']?\s*[:= ]\s*["']?([0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12})\b/i;

/** The trace and the span that a line names anywhere: by a `traceparent`, a trace id, or a request id. */
export function traceIn(text: string): Pick<ForeignLine, 'trace' | 'span'> {
  const parent = TRACEPARENT.exec(text);
  if (parent) return { trace: parent[1], span: parent[2] };
  const trace = (TRACE_ID.exec(text) ?? REQUEST_ID.exec(text))?.[1]?.replaceAll('-', '').toLowerCase();
  if (trace === undefined || /^0+$/.test(trace)) return {};
  return { trace, span: SPAN_ID.exec(text)?.[1]?.toLowerCase() };
}
