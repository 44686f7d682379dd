import { Controller, Get, NotFoundException, Param, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { readPages } from './pages.js';

/** Everything comes from here, nothing is inline: a page that was tampered with can't run or send anything. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The pages that people see. They use the same HTTP interface as everybody else. */
@ApiExcludeController()
@Controller()
export class StorefrontEdge {
  private readonly pages = readPages();

  @Get()
  storefront(@Res() reply: FastifyReply): void {
    this.send('index.html', reply);
  }

  @Get('dashboard')
  dashboard(@Res() reply: FastifyReply): void {
    this.send('dashboard.html', reply);
  }

  @Get('pages/:file')
  file(@Param('file') file: string, @Res() reply: FastifyReply): void {
    this.send(file, reply);
  }

  private send(name: string, reply: FastifyReply): void {
    const page = this.pages.get(name);
    if (!page) throw new NotFoundException(`There is no page "${name}".`);
    reply
      .header('content-type', page.type)
      .header('content-security-policy', POLICY)
      .header('x-content-type-options', 'nosniff')
      .header('referrer-policy', 'no-referrer')
      .header('cache-control', 'no-cache')
      .send(page.body);
  }
}
