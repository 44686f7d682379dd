import { type ForeignLine, levelOf, timeOf, traceIn } from './foreign-line.js';

/** Reads a line in whatever common form it has; what has none is text, all of it the message. */
export function readForeign(text: string): ForeignLine {
  const read = asJson(text) ?? asAccess(text) ?? asSyslog(text) ?? asPlain(text) ?? asLogfmt(text);
  return { ...(read ?? { format: 'text', message: text }), ...traceIn(text) };
}

/** Names under which loggers put what has a place of its own in our lines. */
const JSON_NAMES = {
  time: ['time', 'timestamp', '@timestamp', 'ts', 'date', 'datetime'],
  level: ['level', 'severity', 'log.level', 'lvl', 'loglevel'],
  message: ['message', 'msg', 'text', 'event'],
  app: ['app', 'service', 'service.name', 'application', 'name'],
  instance: ['instance', 'hostname', 'host'],
  module: ['module'],
  operation: ['operation'],
  error: ['error', 'err', 'exception'],
} as const;

function asJson(text: string): ForeignLine | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    return fromFields(JSON.parse(text) as Record<string, unknown>);
  } catch {
    return undefined;
  }
}

function fromFields(fields: Record<string, unknown>, format = jsonFormat(fields)): ForeignLine {
  const rest = { ...fields };
  const take = (names: readonly string[]) => {
    const name = names.find((each) => rest[each] !== undefined);
    const value = name === undefined ? undefined : rest[name];
    if (name !== undefined) delete rest[name];
    return value;
  };
  const text = (names: readonly string[]) => {
    const value = take(names);
    return typeof value === 'string' ? value : value === undefined ? undefined : JSON.stringify(value);
  };
  const [time, level] = [timeOf(take(JSON_NAMES.time)), levelOf(take(JSON_NAMES.level))];
  const error = errorIn(take(JSON_NAMES.error), take(['stack']));
  return {
    ...{ format, time, level, error },
    message: text(JSON_NAMES.message) ?? error?.message,
    app: text(JSON_NAMES.app),
    instance: text(JSON_NAMES.instance),
    module: text(JSON_NAMES.module),
    operation: text(JSON_NAMES.operation),
    data: rest,
  };
}

function jsonFormat({ v, level, msg, hostname, timestamp }: Record<string, unknown>): string {
  if (v === 0 && hostname !== undefined) return 'bunyan';
  if (typeof level === 'number' && msg !== undefined) return 'pino';
  return typeof level === 'string' && timestamp !== undefined ? 'winston' : 'json';
}

function errorIn(thrown: unknown, stack: unknown): ForeignLine['error'] {
  const fields = (typeof thrown === 'object' && thrown !== null ? thrown : {}) as Record<string, unknown>;
  const told = fields['stack'] ?? stack;
  const message = fields['message'] ?? (typeof thrown === 'string' ? thrown : undefined);
  if (message === undefined && typeof told !== 'string') return undefined;
  const first = String(told ?? message).split('\n')[0] ?? '';
  const kind = fields['type'] ?? fields['name'] ?? /^(\w*(?:Error|Exception))\b/.exec(first)?.[1] ?? 'Error';
  return {
    kind: String(kind),
    message: String(message ?? first),
    ...(typeof told === 'string' && { stack: told }),
  };
}

const ACCESS =
  /^(\S+) \S+ (\S+) \[([^\]]+)\] "(\S+) (\S+)(?: [^"]*)?" (\d{3}) (\d+|-)(?: "([^"]*)" "([^"]*)")?(.*)$/;

/** The common and combined forms of Apache and nginx. The query of an address stays out: it has no end of different values. */
function asAccess(text: string): ForeignLine | undefined {
  const match = ACCESS.exec(text);
  if (!match) return undefined;
  const [, client, , time, method, address = '', status, bytes, , agent, rest = ''] = match;
  const path = address.split('?')[0] ?? '';
  const seconds = /(?:^| )(?:rt=|request_time=)?(\d+\.\d{3})(?: |$)/.exec(rest)?.[1];
  return {
    ...{ format: 'access', time: timeOf(time), level: Number(status) >= 500 ? 'error' : 'info' },
    message: `${method} ${path} ${status}`,
    operation: `${method} ${path}`,
    data: {
      client,
      status: Number(status),
      bytes: bytes === '-' ? 0 : Number(bytes),
      agent,
      ...(seconds && { ms: Number(seconds) * 1_000 }),
    },
  };
}

const RFC5424 = /^<(\d{1,3})>1 (\S+) (\S+) (\S+) (\S+) (\S+) (?:-|(?:\[[^\]]*\])+) ?(.*)$/s;
const RFC3164 = /^<(\d{1,3})>(\w{3} [ \d]\d \d\d:\d\d:\d\d) (\S+) ([^\s:[]+)(?:\[(\d+)\])?: ?(.*)$/s;
const SEVERITIES = ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug'];

function asSyslog(text: string): ForeignLine | undefined {
  const [, priority, time, host, app, pid, ...rest] = RFC5424.exec(text) ?? RFC3164.exec(text) ?? [];
  if (priority === undefined) return undefined;
  const level = levelOf(SEVERITIES[Number(priority) % 8]);
  const instance = pid && pid !== '-' ? `${host}-${pid}` : host;
  return {
    format: 'syslog',
    time: timeOf(time),
    level,
    app: app === '-' ? undefined : app,
    instance,
    message: rest.at(-1),
  };
}

const TIME = String.raw`\[?(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z| ?[+-]\d\d:?\d\d)?)\]?`;
const WORD = String.raw`\[?(TRACE|DEBUG|VERBOSE|INFO|NOTICE|LOG|WARN(?:ING)?|ERR(?:OR)?|SEVERE|FATAL|CRITICAL)\]?`;
const PLAIN = new RegExp(`^(?:${TIME}\\s+(?:-\\s+)?)(?:${WORD}:?\\s+)?(?:-\\s+)?(.*)$`, 'is');
const WORD_FIRST = new RegExp(`^${WORD}:?\\s+(?:${TIME}:?\\s+)?(.*)$`, 's');

/** A time and a level, in this order or the other, and then the message. */
function asPlain(text: string): ForeignLine | undefined {
  const first = PLAIN.exec(text);
  if (first) return { format: 'plain', time: timeOf(first[1]), level: levelOf(first[2]), message: first[3] };
  const second = WORD_FIRST.exec(text);
  return second
    ? { format: 'plain', level: levelOf(second[1]), time: timeOf(second[2]), message: second[3] }
    : undefined;
}

const PAIR = /([\w.@-]+)=("(?:[^"\\]|\\.)*"|\S*)/g;

function asLogfmt(text: string): ForeignLine | undefined {
  const pairs = [...text.matchAll(PAIR)];
  if (pairs.length < 2 || text.replace(PAIR, '').trim() !== '') return undefined;
  const value = (raw: string) => (raw.startsWith('"') ? raw.slice(1, -1).replace(/\\(.)/g, '$1') : raw);
  return fromFields(Object.fromEntries(pairs.map(([, name = '', raw = '']) => [name, value(raw)])), 'logfmt');
}
