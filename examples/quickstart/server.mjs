/** Starts the example: `npm start`. Reads PORT, LATCHKEY_DB and LATCHKEY_PEPPER. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { resolve } from 'node:path';
import { openApiKeys } from './api-keys.mjs';
import { createApp } from './app.mjs';
import { createFirstKeys } from './first-keys.mjs';
import { StartError, readSettings } from './settings.mjs';
import { welcome } from './welcome.mjs';

/** How long requests that are under way may take to end, in ms. */
const PATIENCE = 5_000;
/** How often expired temporary tokens are deleted, in ms. */
const PURGE_EVERY = 3_600_000;

async function open({ file, pepper }) {
  try {
    return await openApiKeys({ file, pepper });
  } catch (error) {
    // A mistake in the options, such as a short pepper, says what is wrong with it.
    if (error.name === 'ConfigurationError') throw new StartError(error.message);
    throw new StartError(
      `Cannot open the database ${resolve(file)}: ${error.message}. Set LATCHKEY_DB to a file that can be written.`,
    );
  }
}

async function listen(server, port) {
  server.listen(port);
  try {
    await once(server, 'listening');
  } catch (error) {
    if (error.code === 'EADDRINUSE') {
      throw new StartError(`Port ${port} is taken. Set PORT to another one, such as PORT=${port + 1}.`);
    }
    if (error.code === 'EACCES')
      throw new StartError(`Port ${port} may not be used. Set PORT to another one.`);
    throw error;
  }
  return `http://localhost:${server.address().port}`;
}

function print(base, file, shown) {
  if (shown > 0) {
    console.log('\nThese tokens are shown once. Paste the lines above into a shell, then try:');
  } else {
    console.log(`The keys in ${file} are those of an earlier start; their tokens are not shown again.`);
    console.log(
      'For new ones stop the server, delete the file, and start again. To try, with those you have:',
    );
  }
  console.log(welcome(base));
  console.log(`Listening on ${base}. Stop with Ctrl-C.`);
}

async function start() {
  const settings = readSettings(process.env);
  const { keys, usage } = await open(settings);
  keys.on('failure', ({ task, error }) => console.error(`${task}:`, error));
  const server = createServer(createApp(keys, usage));
  const base = await listen(server, settings.port);
  const shown = await createFirstKeys(keys, (variable, token) => console.log(`${variable}=${token}`));
  const purge = () => keys.purgeExpired().catch((error) => console.error('purge:', error));
  const timer = setInterval(purge, PURGE_EVERY);
  // Ctrl-C reaches the server twice under npm: once from the terminal, once from npm.
  let stopping;
  const stop = () => (stopping ??= close());
  async function close() {
    clearInterval(timer);
    server.close();
    setTimeout(() => server.closeAllConnections(), PATIENCE).unref();
    await once(server, 'close');
    await keys.close();
  }
  process.on('SIGTERM', stop).on('SIGINT', stop);

  print(base, settings.file, shown);
}

start().catch((error) => {
  console.error(error instanceof StartError ? error.message : error);
  process.exit(1);
});
