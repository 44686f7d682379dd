import { createHash, timingSafeEqual } from 'node:crypto';
import { type CanActivate, type ExecutionContext, ForbiddenException } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

const LOOPBACK = /^(?:127\.|::1$|::ffff:127\.)/;
/** Somebody on this machine asks for somebody else. */
const ON_BEHALF = ['forwarded', 'via', 'x-forwarded-for', 'x-real-ip'];

/**
 * Lets in who asks from this machine for itself, and who knows the secret that apps know each other by
 * (`Authorization: Bearer <CALL_SECRET>`): what an app knows of itself is for operators, not for its customers.
 */
export class LocalOrSecret implements CanActivate {
  /** @param secret the setting CALL_SECRET */
  constructor(private readonly secret: string) {}

  canActivate(execution: ExecutionContext): boolean {
    const request = execution.switchToHttp().getRequest<FastifyRequest>();
    const { headers, socket } = request.raw;
    const own =
      LOOPBACK.test(socket.remoteAddress ?? '') && ON_BEHALF.every((name) => headers[name] === undefined);
    if (own || this.knows(headers.authorization)) return true;
    throw new ForbiddenException(
      'Ask from this machine, or send "Authorization: Bearer" with the CALL_SECRET.',
    );
  }

  private knows(authorization: string | undefined): boolean {
    const given = /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1];
    return given !== undefined && this.secret !== '' && timingSafeEqual(hashed(given), hashed(this.secret));
  }
}

function hashed(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
