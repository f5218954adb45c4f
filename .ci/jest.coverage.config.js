'use strict';

/** The fast suite again, with the coverage that the core must have. */

const whole = { lines: 100, branches: 100 };

/** @type {import('jest').Config} */
module.exports = {
  ...require('../jest.config.js'),
  collectCoverage: true,
  coverageThreshold: {
    './lib/keys/': whole,
    './lib/service/': whole,
    './lib/http/': whole,
    './lib/strategies/': whole,
  },
};
