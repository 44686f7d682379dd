import {
  type DynamicModule,
  Global,
  Inject,
  Injectable,
  type MiddlewareConsumer,
  Module,
  type NestModule,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleDestroy,
  type OnModuleInit,
  SetMetadata,
} from '@nestjs/common';
import { DiscoveryModule, DiscoveryService, MetadataScanner } from '@nestjs/core';

// A dynamic module with options, global as such modules often are; its users import nothing.
@Injectable()
export class TaxService {
  constructor(@Inject('TAX_OPTIONS') private readonly options: { percent: number }) {}
  async tax(amount: number) {
    return (amount * this.options.percent) / 100;
  }
}
@Module({ providers: [TaxService], exports: [TaxService] })
export class TaxModule {
  static forRoot(options: { percent: number }): DynamicModule {
    return {
      module: TaxModule,
      global: true,
      providers: [{ provide: 'TAX_OPTIONS', useValue: options }],
      exports: [],
    };
  }
}
@Injectable()
export class TaxUser {
  constructor(readonly taxes: TaxService) {}
  see = () => this.taxes.tax(200);
}
@Module({ providers: [TaxUser] })
export class TaxUserModule {}

// A global module by its decorator.
@Injectable()
export class ClockService {
  async now() {
    return new Date(0);
  }
}
@Global()
@Module({ providers: [ClockService], exports: [ClockService] })
export class ClockModule {}
@Injectable()
export class ClockUser {
  constructor(readonly clock: ClockService) {}
  see = () => this.clock.now();
}
@Module({ providers: [ClockUser] })
export class ClockUserModule {}

/** What the hooks of the mail module wrote down, in whatever application of this process they ran. */
export const hooks: string[] = [];

// Hooks of a provider and of the module's class, whose constructor injects what it keeps for itself; and middleware.
@Injectable()
class Outbox {
  readonly opened = true;
}
@Injectable()
export class MailService
  implements OnModuleInit, OnApplicationBootstrap, OnModuleDestroy, OnApplicationShutdown
{
  async onModuleInit() {
    hooks.push('provider init');
  }
  onApplicationBootstrap() {
    hooks.push('provider bootstrap');
  }
  onModuleDestroy() {
    hooks.push('provider destroy');
  }
  onApplicationShutdown() {
    hooks.push('provider shutdown');
  }
  async send(to: string) {
    return `sent to ${to}`;
  }
}
@Module({ providers: [Outbox, MailService], exports: [MailService] })
export class MailModule implements NestModule, OnModuleInit {
  constructor(private readonly outbox: Outbox) {
    hooks.push(`built with ${this.outbox.opened}`);
  }
  onModuleInit() {
    hooks.push('module init');
  }
  configure(consumer: MiddlewareConsumer) {
    consumer
      .apply((_request: unknown, _response: unknown, next: () => void) => {
        hooks.push('middleware');
        next();
      })
      .forRoutes('*splat');
  }
}
@Injectable()
export class MailUser {
  constructor(readonly mail: MailService) {}
  see = () => this.mail.send('us');
}
@Module({ imports: [MailModule], providers: [MailUser] })
export class MailUserModule {}

// Handlers that a library finds by what a decorator left on them, as schedulers and event emitters do.
const HANDLES = 'handles';
export const handled: string[] = [];
@Injectable()
export class AuditService {
  @SetMetadata(HANDLES, true)
  handle(what: string): void {
    handled.push(what);
  }
  async seen() {
    return [...handled];
  }
}
@Module({ providers: [AuditService], exports: [AuditService] })
export class AuditModule {}
@Injectable()
export class AuditUser {
  constructor(readonly audit: AuditService) {}
  see = () => this.audit.seen();
}
/** Finds handlers among all providers of its application, and calls each once. */
@Injectable()
class Explorer implements OnApplicationBootstrap {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {}
  onApplicationBootstrap() {
    for (const { instance } of this.discovery.getProviders()) {
      if (!instance || typeof instance !== 'object') continue;
      for (const name of this.scanner.getAllMethodNames(Object.getPrototypeOf(instance))) {
        const method = instance[name];
        if (typeof method === 'function' && Reflect.hasMetadata(HANDLES, method)) instance[name]('found');
      }
    }
  }
}
@Module({ imports: [DiscoveryModule], providers: [Explorer] })
export class ExplorerModule {}
@Module({ imports: [AuditModule], providers: [AuditUser] })
export class AuditUserModule {}
