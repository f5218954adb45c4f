'use strict';

/** The slow suites, `*.slow-test.ts`: one npm script `test:*` for each, one file at a time. */

/** @type {import('jest').Config} */
module.exports = {
  ...require('../jest.config.js'),
  testMatch: ['**/*.slow-test.ts'],
  maxWorkers: 1,
  testTimeout: 300_000,
};
