import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RunningModules, startModules } from '#testing';
import { PAGES } from './pages.js';
import { StorefrontModule } from './storefront.module.js';

const folder = join(__dirname, 'pages');
const text = (name: string) => readFileSync(join(folder, name), 'utf8');

describe('the pages', () => {
  let shop: RunningModules;

  beforeAll(async () => {
    shop = await startModules({ here: [StorefrontModule] });
  });
  afterAll(() => shop?.stop());

  it('are served at / and /dashboard, under a policy that lets nothing in from elsewhere', async () => {
    for (const path of ['/', '/dashboard']) {
      const { status, body, headers } = await shop.http('GET', path);
      expect(status).toBe(200);
      expect(body).toContain('<title>');
      expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'");
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    }
  });

  it('find everything that they name', async () => {
    for (const page of ['/', '/dashboard']) {
      const named = [
        ...String((await shop.http('GET', page)).body).matchAll(/(?:src|href)="(\/pages\/[^"]+)"/g),
      ];
      expect(named.length).toBeGreaterThan(2);
      for (const [, path] of named) expect((await shop.http('GET', path as string)).status).toBe(200);
    }
  });

  it('are a list: nothing else of the disk is served', async () => {
    for (const path of [
      '/pages/nothing.js',
      '/pages/..%2fstorefront.module.ts',
      '/pages/%2e%2e%2f%2e%2e%2fpackage.json',
    ]) {
      expect((await shop.http('GET', path)).status).toBe(404);
    }
    expect([...PAGES].sort()).toEqual(readdirSync(folder).sort());
  });

  it('hold to their own policy: no inline script or style, no handler, no address elsewhere', () => {
    for (const name of PAGES.filter((one) => one.endsWith('.html'))) {
      expect(text(name)).not.toMatch(/<script(?![^>]*src=)|<style|\sstyle=|\son\w+=|https?:/);
    }
    for (const name of PAGES.filter((one) => one.endsWith('.js'))) {
      expect(text(name)).not.toMatch(
        /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|https?:/,
      );
    }
  });
});
