import type { FastifyReply, FastifyRequest } from 'fastify';
import { Bug } from '../../seam/bug.js';
import type { Forwarder } from './forwarder.js';
import type { Destination } from './passage.js';

/**
 * Forwards a Fastify request whose route is answered elsewhere. For an `onRequest` hook: later, Fastify has read the
 * body. The reply is taken out of Fastify's hands; hooks of the answer (`onSend`) don't run.
 *
 * @throws Bug when the body has been read already
 */
export function forwardTo(
  forwarder: Forwarder,
  request: FastifyRequest,
  reply: FastifyReply,
  destination: Destination,
): void {
  if (request.body !== undefined || request.raw.readableDidRead) {
    throw new Bug(
      'A request was to be forwarded after its body had been read. Forward it in an onRequest hook.',
    );
  }
  reply.hijack();
  forwarder.forward(request.raw, reply.raw, destination);
}
