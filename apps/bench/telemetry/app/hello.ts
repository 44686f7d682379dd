import { Controller, type DynamicModule, Get, Module, type Type } from '@nestjs/common';

const BODY = { text: 'x'.repeat(1_000) };

/** The one route that every variant answers: 1 KB of JSON, with nothing behind it. */
@Controller('hello')
class HelloController {
  @Get(':id')
  answer() {
    return BODY;
  }
}

@Module({ controllers: [HelloController] })
export class HelloModule {}

/** The same module beside whatever a variant adds. */
export function helloWith(...imports: (DynamicModule | Type)[]): DynamicModule {
  return { module: HelloModule, imports };
}
