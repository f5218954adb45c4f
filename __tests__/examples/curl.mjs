#!/usr/bin/env node
/** As much of curl as the quickstart prints, for machines that have none. */
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    silent: { type: 'boolean', short: 's' },
    'show-error': { type: 'boolean', short: 'S' },
    'write-out': { type: 'string', short: 'w', default: '' },
    header: { type: 'string', short: 'H', multiple: true, default: [] },
    request: { type: 'string', short: 'X' },
    data: { type: 'string', short: 'd' },
  },
});
const body = values.data === undefined ? {} : { body: values.data };
const response = await fetch(positionals[0], {
  method: values.request ?? (values.data === undefined ? 'GET' : 'POST'),
  headers: values.header.map((line) => line.split(/: (.*)/s, 2)),
  ...body,
});
const after = values['write-out'].replaceAll('%{http_code}', response.status).replaceAll('\\n', '\n');
process.stdout.write((await response.text()) + after);
