/** The entry of the app: reads the environment, serves until SIGTERM or SIGINT, drains, and ends with 0. */
import { ConfigError, readConfig } from './config.ts';
import type { Config } from './config.ts';
import { createLog, describeError } from './log.ts';
import { createServer } from './server.ts';

/** As for the program that deploys this app: what was given is wrong. */
const EXIT_BAD_CONFIG = 3;

function configOrExit(): Config {
  try {
    return readConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return process.exit(EXIT_BAD_CONFIG);
  }
}

const config = configOrExit();
const log = createLog(config.replica, (line) => process.stdout.write(line));
// Whoever read the log is gone; that is no reason to stop serving.
process.stdout.on('error', () => undefined);
const server = createServer(config, log);

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  // Once: a second signal of the same kind ends the process the default way.
  process.once(signal, () => {
    log('INFO', `stopping on ${signal}`);
    void server.close().then(() => {
      log('INFO', 'stopped');
      process.exit(0);
    });
  });
}

try {
  const port = await server.listen();
  const { database } = config;
  log('INFO', `listening on port ${port}`, {
    port,
    database:
      database === undefined
        ? 'none: the greeting is in memory'
        : `${database.host}:${database.port}/${database.database}`,
  });
} catch (error) {
  log('ERROR', `cannot listen on port ${config.port}`, describeError(error));
  process.exit(1);
}
