#!/usr/bin/env node
/** The executable behind `npx latchkey`. */
import { processIo } from './io';
import { main } from './main';

// For the case that everything comes to rest before the command has ended, which would be a fault of its own.
process.exitCode = 1;
// Ends at once: what the configuration opened must not keep the command alive.
void main(process.argv.slice(2), processIo()).then((code) => process.exit(code));
