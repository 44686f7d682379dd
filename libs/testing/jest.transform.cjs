// Compiles TypeScript, and the ESM-only packages under node_modules, to CommonJS for Jest.
const { createHash } = require('node:crypto');
const { createTransformer } = require('@swc/jest');

const swc = createTransformer({
  swcrc: false,
  sourceMaps: 'inline',
  module: { type: 'commonjs' },
  jsc: {
    target: 'es2022',
    keepClassNames: true,
    parser: { syntax: 'typescript', decorators: true, dynamicImport: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
  },
});
const ESM = /^\s*(?:import\b(?!\s*\()|export\b)|\bimport\.meta\b/m;
const plain = (source, file) => /[\\/]node_modules[\\/]/.test(file) && !ESM.test(source);

module.exports = {
  canInstrument: swc.canInstrument,
  process: (source, file, options) =>
    plain(source, file) ? { code: source } : swc.process(source, file, options),
  getCacheKey: (source, file, options) =>
    plain(source, file)
      ? createHash('sha1').update(source).digest('hex')
      : swc.getCacheKey(source, file, options),
};
