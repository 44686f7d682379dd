import { Controller, Get, Inject, Res, ServiceUnavailableException } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { HealthCheck, HealthCheckService, HealthIndicatorService } from '@nestjs/terminus';
import type { FastifyReply } from 'fastify';
import { ask, READINESS, type ReadinessProbe } from './readiness.js';
import { ReadinessWatch } from './readiness-watch.js';

/** Is the process alive, and does everything that it needs work? In the shape of @nestjs/terminus. */
@ApiTags('health')
@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly watch: ReadinessWatch,
    @Inject(READINESS) private readonly probes: readonly ReadinessProbe[],
  ) {}

  @Get('live')
  @ApiOperation({ summary: 'Whether the process answers at all; restart it when it does not' })
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  @Get('ready')
  @HealthCheck()
  @ApiOperation({
    summary:
      'Whether it can answer: 503 names what does not work, and the cure; `degraded` names what it does without',
  })
  ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<object> {
    return this.report(reply);
  }

  @Get()
  @HealthCheck()
  @ApiOperation({ summary: 'The same as /health/ready' })
  all(@Res({ passthrough: true }) reply: FastifyReply): Promise<object> {
    return this.report(reply);
  }

  /** A report is no problem document: 200 and 503 have the one shape that terminus gives them. */
  private async report(reply: FastifyReply): Promise<object> {
    const degraded: string[] = [];
    try {
      const report = await this.health.check([
        () => this.serving(),
        ...this.probes.map((probe) => () => this.find(probe, degraded)),
      ]);
      return { ...report, degraded };
    } catch (thrown) {
      if (!(thrown instanceof ServiceUnavailableException)) throw thrown;
      reply.status(503).header('retry-after', '1');
      return thrown.getResponse() as object;
    }
  }

  private serving() {
    const indicator = this.indicators.check('serving');
    return this.watch.leaving
      ? indicator.down('This instance is stopping. Ask another one.')
      : indicator.up();
  }

  private async find(probe: ReadinessProbe, degraded: string[]) {
    const finding = await ask(probe);
    this.watch.found(probe, finding);
    const indicator = this.indicators.check(probe.name);
    if (!finding.works && probe.degrades) {
      degraded.push(probe.name);
      return indicator.up({ degraded: true, message: finding.message });
    }
    return finding.works ? indicator.up(finding.facts) : indicator.down(finding.message);
  }
}
