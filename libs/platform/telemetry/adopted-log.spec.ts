import { Controller, Get, Injectable, Logger, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { AdoptedLogModule } from './adopted-log.module.js';
import type { Line } from './line.js';
import { lineFaults } from './line-shape.js';

const lines: Line[] = [];

@Injectable()
class CatsService {
  private readonly logger = new Logger(CatsService.name);
  async find(): Promise<string[]> {
    await new Promise((later) => setImmediate(later));
    this.logger.log('Looking for cats');
    return ['Tom'];
  }
}

@Controller('cats')
class CatsController {
  constructor(private readonly cats: CatsService) {}
  @Get()
  find(): Promise<string[]> {
    return this.cats.find();
  }
}

// A stock application; the import is the one line that has been added.
@Module({
  imports: [
    AdoptedLogModule.as('cats', {
      LOG_LEVEL: 'debug',
      LOG_FORMAT: 'json',
      to: { write: (line) => void lines.push(JSON.parse(line)) },
    }),
  ],
  controllers: [CatsController],
  providers: [CatsService],
})
class AppModule {}

test('one import gives a stock Nest application the line shape, with the trace of each request', async () => {
  const app = await NestFactory.create<NestFastifyApplication>(AppModule, new FastifyAdapter());
  await app.listen(0, '127.0.0.1');
  const trace = 'a'.repeat(32);
  const traceparent = `00-${trace}-${'b'.repeat(16)}-01`;
  expect(
    await (await fetch(`${await app.getUrl()}/cats?token=x`, { headers: { traceparent } })).json(),
  ).toEqual(['Tom']);
  await app.close();
  expect(lines.flatMap((line) => lineFaults(line))).toEqual([]);
  const ofRequest = lines.filter((line) => line.trace === trace);
  expect(ofRequest.map(({ app: name, operation, message }) => [name, operation, message])).toEqual([
    ['cats', 'GET /cats', 'Looking for cats'],
    ['cats', 'GET /cats', expect.stringMatching(/^GET \/cats 200 in [\d.]+ ms$/)],
  ]);
  expect(lines.length).toBeGreaterThan(ofRequest.length); // Nest's own start is there too
});
