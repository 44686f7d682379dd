import { parseTraceparent } from '../call-context.js';
import type { Span } from '../spans/span.js';
import type { KeptLine } from './kept-line.js';

/** Columns of the two tables in the order in which {@link spanRow} and {@link lineRow} write them. */
export const SPAN_COLUMNS =
  'started, micros, waited_micros, event, source, attempt, partial, trace, span, parent, kind, operation, module, caller, outcome, error, link_trace, link_span, details';
export const LINE_COLUMNS = 'time, source, level, partial, trace, span, module, line';

/** A span as a row of COPY's text format. */
export function spanRow(span: Span, source: number): string {
  const { details } = span;
  const link = parseTraceparent(details?.link);
  const waited = details?.waitedMs;
  return (
    `${moment(span.startedAt)}\t${Math.round(span.ms * 1000)}\t${waited === undefined ? NULL : Math.round(waited * 1000)}\t` +
    `${details?.event ?? NULL}\t${source}\t${details?.attempt ?? NULL}\t${span.partial ? 't' : 'f'}\t` +
    `${span.trace}\t${bytes(span.span)}\t${bytes(span.parent)}\t${span.kind}\t${text(span.operation)}\t${text(span.module)}\t` +
    `${text(details?.caller)}\t${span.outcome}\t${text(span.error)}\t${link?.traceId ?? NULL}\t${bytes(link?.spanId)}\t` +
    `${moreOf(span)}\n`
  );
}

/** A line as a row of COPY's text format. */
export function lineRow(line: KeptLine, source: number): string {
  return (
    `${line.time}\t${source}\t${line.level}\t${line.partial ? 't' : 'f'}\t${line.trace ?? NULL}\t${bytes(line.span)}\t` +
    `${text(line.module)}\t${escaped(readableJson(line.json))}\n`
  );
}

const NULL = '\\N';

function bytes(hex: string | undefined): string {
  return hex === undefined ? NULL : `\\\\x${hex}`;
}

function text(value: string | undefined): string {
  return value === undefined ? NULL : escaped(value);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: Postgres takes no NUL
const SPECIAL = /[\\\n\r\t\u0000]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the same, everywhere in a text
const SPECIALS = /[\\\n\r\t\u0000]/g;
const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\u0000': '\ufffd',
};

function escaped(value: string): string {
  return SPECIAL.test(value) ? value.replace(SPECIALS, (special) => ESCAPES[special] as string) : value;
}

/** NUL and halves of characters can be written into a json column, but whoever reads such a text gets an error. */
const UNREADABLE = /(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/gi;

function readableJson(json: string): string {
  return json.includes('\\u') ? json.replace(UNREADABLE, '$1\\ufffd') : json;
}

function moreOf({ details }: Span): string {
  if (details === undefined || (details.status === undefined && details.more === undefined)) return NULL;
  const { status, more } = details;
  if (more === undefined) return `{"status":${status}}`;
  return escaped(readableJson(JSON.stringify({ ...(status !== undefined && { status }), ...more })));
}

let second = Number.NaN;
let prefix = '';

/** A moment with microseconds; the text of its second is kept, which most of its neighbours share. */
function moment(ms: number): string {
  const micros = Math.round(ms * 1000);
  const whole = Math.floor(micros / 1_000_000);
  if (whole !== second) {
    second = whole;
    prefix = new Date(whole * 1000).toISOString().slice(0, 19);
  }
  return `${prefix}.${String(micros - whole * 1_000_000).padStart(6, '0')}Z`;
}
