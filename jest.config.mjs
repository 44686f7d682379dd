/** Jest in CommonJS mode over swc: Jest's own ESM mode fails with the CommonJS packages that Nest 12 applications use. */
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/libs', '<rootDir>/apps', '<rootDir>/migrations', '<rootDir>/docker'],
  testRegex: '\\.spec\\.ts$',
  moduleFileExtensions: ['ts', 'js', 'mjs', 'cjs', 'json', 'node'],
  transform: { '^.+\\.[cm]?[jt]s$': '<rootDir>/libs/testing/jest.transform.cjs' },
  transformIgnorePatterns: [],
  moduleNameMapper: {
    '^#platform/(.*)$': '<rootDir>/libs/platform/$1/index.ts',
    '^#marketplace/([^/]+)/module$': '<rootDir>/libs/marketplace/$1/$1.module.ts',
    '^#marketplace/([^/]+)$': '<rootDir>/libs/marketplace/$1/contract/index.ts',
    '^#testing$': '<rootDir>/libs/testing/index.ts',
    '^(\\.{1,2}/.*)\\.js$': ['$1.ts', '$1.js', '$1/index.js'],
  },
  testTimeout: 60_000,
  globalSetup: '<rootDir>/libs/testing/servers/jest.global-setup.cjs',
  globalTeardown: '<rootDir>/libs/testing/servers/jest.global-teardown.cjs',
};
