import { execFile } from 'node:child_process';
import { delimiter, dirname } from 'node:path';
import { promisify } from 'node:util';

/** What a program wrote, and how it ended. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

// How to reach the registry stays; where npm thinks that it is, and that a test runner is around, goes.
const fromNpmOrTests =
  /^(npm_(?!config_(registry|cafile|ca|proxy|https_proxy|noproxy|strict_ssl|userconfig|cache)$)|NODE_(?!EXTRA_CA_CERTS$)|INIT_CWD)/;

/**
 * Runs a program to its end with the Node.js of this process first on PATH, as a user's shell has it, and without what
 * an npm script around this test has put into the environment.
 */
export async function run(
  command: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  const inherited = Object.entries(process.env).filter(([name]) => !fromNpmOrTests.test(name));
  const path = `${dirname(process.execPath)}${delimiter}${process.env['PATH'] ?? ''}`;
  try {
    const options = {
      cwd,
      env: { ...Object.fromEntries(inherited), PATH: path, npm_config_fetch_retries: '1', ...env },
      maxBuffer: 64 << 20,
      timeout: 300_000,
    };
    const { stdout, stderr } = await promisify(execFile)(command, args, options);
    return { code: 0, stdout, stderr };
  } catch (error) {
    if (!(error instanceof Error) || !('stdout' in error) || !('stderr' in error) || !('code' in error)) throw error;
    const code = typeof error.code === 'number' ? error.code : -1;
    return { code, stdout: String(error.stdout), stderr: String(error.stderr) };
  }
}

/** Whether npm failed because the registry cannot be reached from here. */
export function isOffline({ stderr }: Ran): boolean {
  return unreachable.test(stderr);
}

const unreachable =
  /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ENOTCACHED|ERR_SOCKET_TIMEOUT|SELF_SIGNED_CERT_IN_CHAIN)\b/;
