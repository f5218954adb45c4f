'use strict';

const { appendFileSync } = require('node:fs');

/** Appends one line of JSON with the counts of a jest run to the file named in LATCHKEY_TOTALS. */
module.exports = class TotalsReporter {
  onRunComplete(_contexts, results) {
    const counts = {
      passed: results.numPassedTests,
      failed: results.numFailedTests + results.numRuntimeErrorTestSuites,
      skipped: results.numPendingTests + results.numTodoTests,
    };
    appendFileSync(process.env.LATCHKEY_TOTALS, `${JSON.stringify(counts)}\n`);
  }
};
