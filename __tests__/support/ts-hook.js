/** Lets a plain Node process require the TypeScript of lib/. */
'use strict';

const { createHash } = require('node:crypto');
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');

/** What was transpiled once, by the digest of its source: loading TypeScript takes a second. */
const CACHE = join(__dirname, '../../node_modules/.cache/latchkey-ts-hook');

function transpile(source) {
  const { transpileModule, ModuleKind, ScriptTarget } = require('typescript');
  return transpileModule(source, {
    compilerOptions: { module: ModuleKind.CommonJS, target: ScriptTarget.ES2022, esModuleInterop: true },
  }).outputText;
}

function transpiled(source) {
  const file = join(CACHE, `${createHash('sha256').update(source).digest('hex')}.js`);
  try {
    return readFileSync(file, 'utf8');
  } catch {
    const text = transpile(source);
    mkdirSync(CACHE, { recursive: true });
    // Renamed into place whole: several processes may start at once.
    writeFileSync(`${file}.${process.pid}`, text);
    renameSync(`${file}.${process.pid}`, file);
    return text;
  }
}

require.extensions['.ts'] = (module, filename) => {
  module._compile(transpiled(readFileSync(filename, 'utf8')), filename);
};
