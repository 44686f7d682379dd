import { Bug } from '../../seam/bug.js';
import { asError } from '../../telemetry/as-error.js';
import { callContext } from '../../telemetry/call-context.js';
import type { AppLog } from '../../telemetry/log.js';

/**
 * Takes care of errors that nobody waits for any more: of a promise that was left alone, of a timer or a listener of a stream. What runs
 * is known from the context: a delivery that is still in work fails of it; of all else that belongs to a module, a line is written, and the
 * process goes on, as a module's mistake must not end its neighbours. An uncaught error that belongs to nobody ends the process.
 *
 * @param end ends the process, once the error is written
 */
export function takeCareOfStrayErrors(log: AppLog, end: () => void): void {
  process.on('unhandledRejection', (thrown) => {
    stray(log, asError(thrown), 'A promise that nobody waited for was rejected');
  });
  process.on('uncaughtException', (thrown) => {
    const error = asError(thrown);
    if (stray(log, error, 'An error was thrown where nobody could catch it')) return;
    log.pino.fatal({ error }, 'An uncaught error ends this process');
    end();
  });
}

/** @returns whether it is known whose it is */
function stray(log: AppLog, error: Error, what: string): boolean {
  const context = callContext();
  const { limit, operation, causation } = context ?? {};
  const sentence = `${what}, by ${operation ?? 'no module that is known'}: await everything that is started`;
  if (limit?.giveUp(new Bug(`${sentence}. ${error.message}`, { cause: error }))) return true; // and its record tells it
  log.error(sentence, { error, ...(causation !== undefined && { event: causation }) });
  return operation !== undefined;
}
