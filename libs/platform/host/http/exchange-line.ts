import type { ServerResponse } from 'node:http';
import { quoted } from '../../telemetry/plain-line.js';
import { ONE_PER_CALL, type PlatformLog } from '../../telemetry/platform-log.js';
import { type Exchange, isEventStream } from './exchange.js';

/**
 * Writes the one line of a finished exchange: info, error for a 5xx, which also carries what was thrown. Probes ask
 * every few seconds, so health is told at debug level. Refusing because we stop is no error.
 */
export function logExchange(
  log: PlatformLog,
  exchange: Exchange,
  response: ServerResponse,
  stopping: boolean,
): void {
  const { method, route, begun, thrown } = exchange;
  const status = response.statusCode;
  const ms = Math.round((performance.now() - begun) * 10) / 10;
  const ending = endOf(response);
  const isInfo = (status < 500 || stopping) && !route.startsWith('/health');
  if (isInfo && thrown === undefined && !ending && log.plain) {
    const data = `{"method":${quoted(method)},"route":${quoted(route)},"status":${status},"ms":${ms}}`;
    log.plain(exchange.context.operation ?? method, ` ${status} in ${ms} ms`, data);
    return;
  }
  const fields = {
    method,
    route,
    status,
    ms,
    ...(ending ? { ending } : {}),
    error: thrown,
    [ONE_PER_CALL]: true,
  } as const;
  const message = `${method} ${route} ${status} in ${ms} ms${ending ? `, ${ending}` : ''}`;
  if (isInfo) log.info(message, fields);
  else if (route.startsWith('/health')) log.debug(message, fields);
  else log.error(message, fields);
}

/** How an answer ended that did not end by itself. */
function endOf(response: ServerResponse): string | undefined {
  if (response.writableFinished) return undefined;
  return isEventStream(response) ? 'stream closed' : 'client gone';
}
