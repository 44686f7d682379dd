import { HttpException } from '@nestjs/common';
import { Bug } from './bug.js';
import { Fault } from './fault.js';
import { Refusal, type RefusalDetails, type RefusalKind } from './refusal.js';
import { fromWire, toWire } from './wire.js';

/** An error in the wire format. Never a stack: where the code stands is nobody's business in another process. */
export type WireError =
  | { readonly no: 'refusal'; code: string; kind: RefusalKind; message: string; details: string }
  | { readonly no: 'http'; status: number; message: string; response: string }
  | { readonly no: 'fault'; message: string; acted: 'no' | 'maybe' }
  | { readonly no: 'bug'; message: string };

/**
 * Prepares an error for the wire. A refusal keeps code, kind, message and details; an `HttpException` of stock Nest code
 * its status and response; a fault whether the callee may have acted; a bug stays a bug. Everything else becomes a fault
 * that names the class.
 *
 * @param operation `<Token>.<method>`, for the message when the details of a refusal can't travel
 * @throws Bug when the details can't travel
 */
export function errorToWire(error: unknown, operation: string): WireError {
  if (error instanceof Refusal) {
    const details = toWire(error.details, `${operation}: the details of refusal ${error.code}`);
    return { no: 'refusal', code: error.code, kind: error.kind, message: error.message, details };
  }
  if (error instanceof HttpException) {
    const response = toWire(error.getResponse(), `${operation}: the response of ${error.name}`);
    return { no: 'http', status: error.getStatus(), message: error.message, response };
  }
  if (error instanceof Bug) return { no: 'bug', message: error.message };
  if (error instanceof Fault) return { no: 'fault', message: error.message, acted: error.acted };
  const told =
    error instanceof Error ? `${error.constructor.name}: ${error.message}` : `thrown: ${String(error)}`;
  return { no: 'fault', message: `${operation} failed with ${told}`, acted: 'maybe' };
}

/** Makes the error that the caller gets. */
export function errorFromWire(wire: WireError): Error {
  switch (wire.no) {
    case 'refusal':
      return new Refusal(wire.code, wire.kind, wire.message, fromWire(wire.details) as RefusalDetails);
    case 'http':
      return new HttpException(fromWire(wire.response) as string | Record<string, unknown>, wire.status);
    case 'bug':
      return new Bug(wire.message);
    case 'fault':
      return new Fault(wire.message, { acted: wire.acted });
    default:
      return new Fault(
        `An error of an unknown sort came over the wire: ${JSON.stringify(wire)}. Deploy the caller too.`,
      );
  }
}
