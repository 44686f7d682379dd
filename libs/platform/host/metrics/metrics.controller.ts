import { Controller, type DynamicModule, Get, Module, Res, UseGuards } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Registry } from 'prom-client';
import { LocalOrSecret } from './local-or-secret.js';

/** `/metrics`, as Prometheus wants it. */
@Module({})
export class MetricsModule {
  /** @param secret lets in who asks from another machine */
  static with(registry: Registry, secret: string): DynamicModule {
    @ApiExcludeController()
    @Controller('metrics')
    @UseGuards(new LocalOrSecret(secret))
    class MetricsController {
      @Get()
      async metrics(@Res() reply: FastifyReply): Promise<void> {
        await reply.type(registry.contentType).send(await registry.metrics());
      }
    }
    return { module: MetricsModule, controllers: [MetricsController] };
  }
}
