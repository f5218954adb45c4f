'use strict';

/** The fast suite: what `npm test` runs. Slow suites are `*.slow-test.ts`; see `.ci/jest.slow.config.js`. */

/** @type {import('jest').Config} */
module.exports = {
  rootDir: __dirname,
  testEnvironment: 'node',
  // Real servers and processes take their time on a busy machine.
  testTimeout: 30_000,
  roots: ['<rootDir>/lib', '<rootDir>/__tests__'],
  testMatch: ['**/*.test.ts'],
  transform: { '^.+\\.ts$': ['ts-jest', { tsconfig: '<rootDir>/tsconfig.json' }] },
  collectCoverageFrom: ['lib/**/*.ts', '!lib/**/index.ts'],
  coverageReporters: ['text', 'json-summary'],
  reporters: ['default', ...(process.env.LATCHKEY_TOTALS ? ['<rootDir>/.ci/totals-reporter.js'] : [])],
};
