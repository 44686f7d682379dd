import type { CallHandler, CanActivate, ExecutionContext, NestInterceptor, Type } from '@nestjs/common';
import { SSE_METADATA } from '@nestjs/common/constants.js';
import { Observable } from 'rxjs';
import { callContext, inContext } from '../../telemetry/call-context.js';

/** Tells the call context which module answers, before anything of that module runs. */
export class ModuleOfRequest implements CanActivate {
  constructor(private readonly moduleOf: (controller: Type) => string | undefined) {}

  canActivate(execution: ExecutionContext): boolean {
    const context = callContext();
    if (context && execution.getType() === 'http') context.module = this.moduleOf(execution.getClass());
    return true;
  }
}

/** Takes the deadline from requests that are answered by a stream of events: such an answer has no end. */
export class StreamsWithoutDeadline implements NestInterceptor {
  intercept(execution: ExecutionContext, next: CallHandler): Observable<unknown> {
    const context = callContext();
    if (!context || !Reflect.getMetadata(SSE_METADATA, execution.getHandler())) return next.handle();
    const { deadline: _deadline, ...endless } = context;
    return new Observable((subscriber) => inContext(endless, () => next.handle().subscribe(subscriber)));
  }
}
