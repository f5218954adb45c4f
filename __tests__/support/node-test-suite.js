/** The contract suite under node:test. */
'use strict';

require('./ts-hook');

const { describe, it } = require('node:test');
const { testKeyStore } = require('../../lib/stores/contract');
const { memoryStore } = require('../../lib/stores/memory-store');

testKeyStore({
  name: 'memory',
  create: () => memoryStore(),
  parallel: 10,
  rounds: 2,
  framework: { describe, it },
});
