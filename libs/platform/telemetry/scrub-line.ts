import { scrub, scrubText } from './scrub.js';

/** Longer lines lose their data and the tail of their texts: a log is no place for payloads. */
export const MAX_LINE = 32_768;
const MAX_TEXT = 4_096;

/**
 * Anything that might have to be hidden. Nearly no line has any of it, so what a line costs are these expressions (see
 * README.md for the figure); only a suspicious line is taken apart. They run over the finished line, behind all of pino:
 * nothing gets out beside them, neither bound fields nor messages nor what a serializer made.
 */
const SECRET_WORD =
  /pass[-_ ]?(?:w|phrase)|pwd|secret|token|authoriz|cookie|(?:api|private|access)[-_ ]?key|credential|security[-_ ]?(?:code|number)|cvv|cvc|card|"pan\\*"|holder[-_]?name|"parameters|"driverError|bearer\s|basic\s|eyJ/i;
const URL_WITH_CREDENTIALS = /:\/\/[^\s/"]*@/;
/** At least 13 digits. Written out at the front: `(?:\d[ -]?){13}` takes four times as long to find nothing. */
const MANY_DIGITS = /\d[ -]?\d[ -]?\d[ -]?\d[ -]?\d[ -]?(?:\d[ -]?){8}/;

/** DEL, C1 controls, line separators and direction overrides: JSON leaves them as they are, terminals obey them. */
const UNESCAPED = /[\u007f-\u009f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/;
const UNESCAPED_ALL = new RegExp(UNESCAPED, 'g');

/** Fields that the platform itself fills: an id of digits alone must not be taken for a card number. */
const OWN = new Set(['time', 'level', 'app', 'instance', 'trace', 'span']);

/** Makes a finished line fit to be seen: no secrets, no bytes that a terminal obeys, no more than {@link MAX_LINE}. */
export function scrubLine(line: string): string {
  let clean = line;
  if (line.length > MAX_LINE) clean = rewrite(shorten(line));
  else if (isSuspicious(line)) clean = rewrite(JSON.parse(line) as Record<string, unknown>);
  return UNESCAPED.test(clean) ? clean.replace(UNESCAPED_ALL, escaped) : clean;
}

function isSuspicious(line: string): boolean {
  return SECRET_WORD.test(line) || MANY_DIGITS.test(line) || URL_WITH_CREDENTIALS.test(line);
}

function rewrite(fields: Record<string, unknown>): string {
  const clean: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    clean[name] = OWN.has(name) ? value : name === 'message' ? scrubText(String(value)) : scrub(value);
  }
  return `${JSON.stringify(clean)}\n`;
}

function shorten(line: string): Record<string, unknown> {
  const { data, error, message, ...rest } = JSON.parse(line) as Record<string, unknown>;
  const short: Record<string, unknown> = { ...rest, message: cut(message) };
  if (error && typeof error === 'object') {
    short['error'] = Object.fromEntries(Object.entries(error).map(([name, value]) => [name, cut(value)]));
  }
  if (data !== undefined) short['data'] = { dropped: `${line.length} characters are too long for a line` };
  return short;
}

function cut(value: unknown): unknown {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text !== undefined && text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)} [cut]` : value;
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
