// Jest compiles the files of a global setup but resolves their imports as Node does: neither moduleNameMapper nor
// TypeScript's `.js` for `.ts` works there. This resolves both while the setup runs, so that no build is needed before a test.
const Module = require('node:module');
const path = require('node:path');

const ROOT = path.resolve(__dirname, '../../..');

function source(request, from) {
  if (request.startsWith('#platform/')) return path.join(ROOT, 'libs', request.slice(1), 'index.ts');
  if (/^\.{1,2}\/.*\.js$/.test(request) && from?.filename?.endsWith('.ts'))
    return request.replace(/\.js$/, '.ts');
  return request;
}

module.exports = async () => {
  const original = Module._resolveFilename;
  Module._resolveFilename = (request, from, ...rest) =>
    original.call(Module, source(request, from), from, ...rest);
  try {
    globalThis.banyanTestServers = await require('./start.ts').startServers(
      path.join(ROOT, '.banyan', 'redis'),
    );
  } finally {
    Module._resolveFilename = original;
  }
};
