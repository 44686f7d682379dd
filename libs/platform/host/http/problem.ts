import { STATUS_CODES } from 'node:http';
import { HttpException } from '@nestjs/common';
import { Fault } from '../../seam/fault.js';
import { Refusal, type RefusalKind } from '../../seam/refusal.js';
import { scrub, scrubText } from '../../telemetry/scrub.js';
import { lostConnection } from '../../work/transient.js';
import { type InputError, InvalidInput } from './invalid-input.js';

/** Problem details by RFC 9457, with the three fields that Nest's users expect (`statusCode`, `message`, `error`). */
export interface Problem {
  /** `urn:refusal:<code>` for refusals, `about:blank` where the status says it all. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** `urn:trace:<trace id>`: this one occurrence. */
  readonly instance: string;
  readonly statusCode: number;
  readonly message: string | string[];
  readonly error: string;
  readonly traceId: string;
  /** Code of the refusal, to branch on. */
  readonly code?: string;
  /** What the refusal tells about itself. */
  readonly details?: unknown;
  /** Every place of the input that was refused. */
  readonly errors?: readonly InputError[];
}

/** What is known about the request whose answer an error became. */
export interface Circumstances {
  readonly traceId: string;
  /** No route answers this address. */
  readonly unrouted: boolean;
  /** The request's deadline has passed. */
  readonly late: boolean;
}

const REFUSED: Readonly<Record<RefusalKind, number>> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  gone: 410,
  unprocessable: 422,
  'too-many': 429,
};

/** Says in our words what Fastify refuses: its own quote the input. */
const REFUSED_BY_SERVER: Readonly<Record<number, string>> = {
  400: 'The request is not well-formed: check the address, the body (valid JSON?) and its content-type.',
  404: 'No route answers this method and address. All routes stand in /docs.',
  408: 'The request took too long to arrive. Send it again.',
  405: 'This method is not allowed here. All routes stand in /docs.',
  413: 'The body is too large. Send less at once.',
  414: 'The address is too long. Send the data in the body.',
  415: 'Bodies of this content-type are not understood. Send application/json.',
  431: 'The headers are too large. Send fewer.',
};

/** Makes the answer to an error. Nothing of the input and nothing of our inside gets into it. */
export function problemOf(thrown: unknown, known: Circumstances): Problem {
  if (known.unrouted) return problem(404, sentence(404), known);
  if (thrown instanceof Refusal) return refused(thrown, known);
  if (thrown instanceof InvalidInput) {
    const message = thrown.errors.map(({ path, message }) => (path ? `${path}: ${message}` : message));
    return { ...problem(400, message.join('; '), known), message, errors: thrown.errors };
  }
  const byServer = serverStatus(thrown);
  if (byServer !== undefined) return problem(byServer, sentence(byServer), known);
  if (thrown instanceof HttpException) return ofHttpException(thrown, known);
  if (known.late && (thrown instanceof Fault || lostConnection(thrown))) {
    return problem(
      504,
      'The answer took longer than it may. Ask again; repeat writes with the same id.',
      known,
    );
  }
  if (thrown instanceof Fault || lostConnection(thrown)) {
    return problem(503, 'A part that is needed for this does not answer. Try again in a moment.', known);
  }
  return problem(500, 'Something broke on our side. The log tells more under this trace id.', known);
}

/** An answer that has a status and a sentence, and nothing else to say. */
export function problem(
  status: number,
  detail: string,
  { traceId }: Pick<Circumstances, 'traceId'>,
): Problem {
  const title = STATUS_CODES[status] ?? 'Error';
  const told = scrubText(detail);
  return {
    type: 'about:blank',
    title,
    status,
    detail: told,
    instance: `urn:trace:${traceId}`,
    statusCode: status,
    message: told,
    error: title,
    traceId,
  };
}

function refused(refusal: Refusal, known: Circumstances): Problem {
  const body = problem(REFUSED[refusal.kind] ?? 400, refusal.message, known);
  return {
    ...body,
    type: `urn:refusal:${refusal.code}`,
    code: refusal.code,
    details: scrub(refusal.details),
  };
}

/** A module's own HttpException keeps its status, its sentence and the fields that it added. */
function ofHttpException(thrown: HttpException, known: Circumstances): Problem {
  const response = thrown.getResponse();
  const given: Record<string, unknown> =
    typeof response === 'string' ? { message: response } : { ...response };
  const { message = thrown.message, status: _status, statusCode: _code, error, ...added } = given;
  const texts = (Array.isArray(message) ? message : [message]).map((text) => scrubText(String(text)));
  const body = problem(thrown.getStatus(), texts.join('; '), known);
  return {
    ...(scrub(added) as object),
    ...body,
    message: Array.isArray(message) ? texts : (texts[0] as string),
    error: typeof error === 'string' ? error : body.error,
    ...(thrown.errorCode === undefined ? {} : { code: thrown.errorCode }),
  };
}

/**
 * Whether the line of an exchange should carry what was thrown. Not what the server itself refused: such errors quote the
 * input, and the status says it all.
 */
export function worthTelling(thrown: unknown, unrouted: boolean): boolean {
  return !unrouted && serverStatus(thrown) === undefined;
}

/** Status of an error that the server itself raised about a request (Fastify, its body parser), else undefined. */
function serverStatus(thrown: unknown): number | undefined {
  const origin = thrown instanceof HttpException ? thrown.cause : thrown;
  if (!(origin instanceof Error) || origin instanceof HttpException) return undefined;
  const { statusCode } = origin as { statusCode?: unknown };
  return typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500 ? statusCode : undefined;
}

function sentence(status: number): string {
  return REFUSED_BY_SERVER[status] ?? (STATUS_CODES[status] as string);
}
