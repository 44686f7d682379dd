import { parseTraceparent } from '../call-context.js';
import type { Span, SpanDetails, SpanKind } from '../spans/span.js';
import type { KeptLine } from '../store/kept-line.js';

/** What OpenTelemetry calls the kinds: 0 INTERNAL, 1 SERVER, 2 CLIENT, 3 PRODUCER, 4 CONSUMER. */
const KINDS: Readonly<Record<SpanKind, number>> = {
  request: 1,
  forward: 2,
  call: 0,
  ask: 2,
  unit: 2,
  publish: 3,
  wake: 4,
  delivery: 4,
  fetch: 2,
  task: 0,
};
const SERVER = 1;
const STATUS_UNSET = 0;
const STATUS_ERROR = 2;

/** Severity numbers of OpenTelemetry's log data model, by our levels. */
const SEVERITIES: Readonly<Record<number, readonly [number, string]>> = {
  10: [1, 'TRACE'],
  20: [5, 'DEBUG'],
  30: [9, 'INFO'],
  40: [13, 'WARN'],
  50: [17, 'ERROR'],
  60: [21, 'FATAL'],
};

type Attributes = Record<string, string | number | boolean>;

/** Who sends, by the semantic conventions for services. */
export function resourceOf(source: { app: string; instance: string; version: string; commit: string }) {
  const attributes: Attributes = {
    'service.name': source.app,
    'service.instance.id': source.instance,
    'service.version': source.version,
    ...(source.commit && { 'vcs.ref.head.revision': source.commit }),
    'telemetry.sdk.name': 'banyan',
    'telemetry.sdk.language': 'nodejs',
  };
  return { attributes, merge: () => resourceOf(source), getRawAttributes: () => Object.entries(attributes) };
}

const SCOPE = { name: 'banyan' };

/** A span in the shape that the official serializer reads, with attributes by the semantic conventions. */
export function toOtel(span: Span, resource: ReturnType<typeof resourceOf>) {
  const { details } = span;
  const remote = span.kind === 'call' && details?.more?.['remote'] === true;
  const link = parseTraceparent(details?.link);
  const ended = span.outcome === 'fault' || span.outcome === 'bug';
  return {
    name: span.operation,
    kind: remote ? SERVER : KINDS[span.kind],
    spanContext: () => ({ traceId: span.trace, spanId: span.span, traceFlags: 1 }),
    parentSpanContext: span.parent && { traceId: span.trace, spanId: span.parent, traceFlags: 1 },
    startTime: hrTime(span.startedAt),
    endTime: hrTime(span.startedAt + span.ms),
    duration: hrTime(span.ms),
    ended: true,
    // A refusal is an answer, no error.
    status: ended ? { code: STATUS_ERROR, message: span.error } : { code: STATUS_UNSET },
    attributes: attributesOf(span),
    links: link ? [{ context: { ...link, traceFlags: 1 }, attributes: {} }] : [],
    events: [],
    resource,
    instrumentationScope: SCOPE,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

function attributesOf({ kind, operation, module, outcome, error, partial, details = {} }: Span): Attributes {
  const { caller, event, attempt, waitedMs, more } = details;
  return {
    'banyan.kind': kind,
    'banyan.outcome': outcome,
    ...(module && { 'banyan.module': module }),
    ...(caller && { 'banyan.caller': caller }),
    ...(partial && { 'banyan.partial': true }),
    ...(error && { 'error.type': error.slice(0, Math.max(0, error.indexOf(':'))) || 'Error' }),
    ...byConvention(kind, operation, details),
    ...(event !== undefined && { 'messaging.message.id': event }),
    ...(attempt !== undefined && { 'banyan.attempt': attempt }),
    ...(waitedMs !== undefined && { 'banyan.waited_ms': waitedMs }),
    ...Object.fromEntries(Object.entries(more ?? {}).map(([name, value]) => [`banyan.${name}`, value])),
  };
}

function byConvention(kind: SpanKind, operation: string, { status, more }: SpanDetails): Attributes {
  const [first = '', rest = ''] = operation.split(' ', 2);
  const answered: Attributes = status === undefined ? {} : { 'http.response.status_code': status };
  switch (kind) {
    case 'request':
      return { 'http.request.method': first, 'http.route': rest, ...answered };
    case 'fetch':
      return { 'http.request.method': first, 'server.address': rest, ...answered };
    case 'forward':
      return { 'http.request.method': first, ...answered };
    case 'call':
    case 'ask':
      return {
        'rpc.system': 'banyan',
        'rpc.method': operation,
        ...(more?.['callee'] && { 'rpc.service': more['callee'] }),
      };
    case 'unit':
      return { 'db.system.name': 'postgresql', 'db.operation.name': first };
    case 'publish':
      return {
        'messaging.system': 'banyan',
        'messaging.operation.type': 'send',
        'messaging.destination.name': rest,
      };
    case 'wake':
    case 'delivery':
      return {
        'messaging.system': 'banyan',
        'messaging.operation.type': 'process',
        'messaging.consumer.group.name': operation,
      };
    default:
      return {};
  }
}

/** A line in the shape that the official serializer reads: its sentence is the body, everything else an attribute. */
export function toLogRecord(kept: KeptLine, resource: ReturnType<typeof resourceOf>) {
  const { message, time, level, trace, span, app, instance, error, data, ...rest } = JSON.parse(kept.json);
  const [severityNumber, severityText] = SEVERITIES[kept.level] ?? [0, ''];
  const at = hrTime(Date.parse(kept.time));
  return {
    hrTime: at,
    hrTimeObserved: at,
    severityNumber,
    severityText,
    body: message,
    attributes: {
      ...Object.fromEntries(Object.entries(rest).map(([name, value]) => [`banyan.${name}`, value])),
      ...(error && {
        'exception.type': error.kind,
        'exception.message': error.message,
        ...(error.stack && { 'exception.stacktrace': error.stack }),
      }),
      ...(data && { 'banyan.data': data }),
      ...(kept.partial && { 'banyan.partial': true }),
    },
    ...(kept.trace &&
      kept.span && { spanContext: { traceId: kept.trace, spanId: kept.span, traceFlags: 1 } }),
    resource,
    instrumentationScope: SCOPE,
    droppedAttributesCount: 0,
  };
}

function hrTime(ms: number): [number, number] {
  const seconds = Math.floor(ms / 1_000);
  return [seconds, Math.round((ms - seconds * 1_000) * 1e6)];
}
