/** An error as it stands in a line. */
export interface ErrorField {
  /** Name of the class: `Refusal`, `Fault`, `Bug`, `QueryFailedError`. */
  readonly kind: string;
  /** Code of a refusal, SQLSTATE, `ECONNREFUSED`: what one groups by. */
  readonly code?: string;
  readonly message: string;
  readonly stack?: string;
  readonly cause?: ErrorField;
}

const MAX_CAUSES = 4;

/**
 * Describes anything that was thrown by the five fields above and nothing else: what libraries hang on their errors
 * (a failed query's parameters, a request with its headers) is people's data and stays out. What is an answer and no
 * failure (a refusal, an HttpException of a 4xx) has no stack.
 */
export function errorField(thrown: unknown, depth = 0): ErrorField {
  if (!(thrown instanceof Error)) return { kind: typeof thrown, message: told(thrown) };
  const code = codeOf(thrown);
  const cause = thrown.cause ?? (thrown instanceof AggregateError ? thrown.errors[0] : undefined);
  return {
    kind: thrown.name,
    ...(code === undefined ? {} : { code }),
    message: thrown.message,
    ...(thrown.stack && !isAnswer(thrown) ? { stack: thrown.stack } : {}),
    ...(cause !== undefined && depth < MAX_CAUSES ? { cause: errorField(cause, depth + 1) } : {}),
  };
}

function isAnswer(error: Error): boolean {
  const { getStatus } = error as { getStatus?: unknown };
  return error.name === 'Refusal' || (typeof getStatus === 'function' && Number(getStatus.call(error)) < 500);
}

function codeOf(error: Error): string | undefined {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' || typeof code === 'number' ? String(code) : undefined;
}

function told(thrown: unknown): string {
  if (typeof thrown !== 'object' || thrown === null) return String(thrown);
  const { message } = thrown as { message?: unknown };
  return typeof message === 'string'
    ? message
    : `an object with ${Object.keys(thrown).join(', ') || 'nothing'}`;
}
