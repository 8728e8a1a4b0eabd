import { join } from 'node:path';
import { problem, warning } from '../base/diagnostic.ts';
import { Refusal } from '../base/errors.ts';
import { packageVersion } from '../base/version.ts';
import { localCloud, type Connection } from '../simulator/daemon.ts';
import type { Io } from './io.ts';
import type { Target } from './target.ts';

/** The local cloud as a target: it is started when it does not run. */
export async function openLocalTarget(dir: string, io: Io): Promise<Target> {
  const connection = await startLocal(dir, io, {});
  const cloud = localCloud({ dir });
  const env = { ...io.env, ...cloud.environment() };
  const project = io.env['GOOGLE_CLOUD_PROJECT'] ?? connection.project;
  const kubeconfigs = [env['KUBECONFIG'], io.env['KUBECONFIG']].filter((each) => each !== undefined && each !== '');
  return {
    gone: watchOver(dir),
    env: { ...env, GOOGLE_CLOUD_PROJECT: project, KUBECONFIG: kubeconfigs.join(':') },
    async publicUrl({ namespace, service, host, port }) {
      const ports = (await cloud.status())?.publicPorts ?? [];
      const found = ports.find(
        (each) => each.service === service && each.namespace === namespace && each.port === port,
      );
      return `http://${host}:${found?.hostPort ?? port}/`;
    },
    async pushImage(image, folder) {
      const answer = await put(connection, 'images', { image, source: folder });
      const warnings = Array.isArray(answer['warnings']) ? answer['warnings'].map(String) : [];
      io.diagnose(warnings.map((each) => warning('HELLO3006', each)));
    },
    async knowProject(id) {
      await put(connection, 'projects', { id });
    },
  };
}

const lookEveryMs = 1000;

/** Nobody brings it back while we wait: without this, its silence would be taken for a bad moment of a network. */
function watchOver(dir: string): AbortSignal {
  const gone = new AbortController();
  const look = setInterval(() => {
    if (localCloud({ dir }).connection()) return;
    clearInterval(look);
    const fix = `run the same command again: it starts it, and goes on; its log is ${join(dir, 'daemon.log')}`;
    gone.abort(new Refusal(problem('HELLO6001', 'the local cloud stopped while it was used', { fix })));
  }, lookEveryMs);
  look.unref();
  return gone.signal;
}

export interface StartSettings {
  readonly speed?: number;
  readonly project?: string;
}

/** Starts the local cloud or finds it, and says when it started. Refuses one of another version. */
export async function startLocal(dir: string, io: Io, settings: StartSettings): Promise<Connection> {
  const version = packageVersion();
  const speed = settings.speed ?? numberOf(io.env['HELLO_LOCAL_SPEED']);
  try {
    const started = await localCloud({ dir }).start({ ...settings, version, ...(speed !== undefined && { speed }) });
    if (started.is === 'other-version') {
      throw new Refusal(
        problem('HELLO6003', `the local cloud in ${dir} is of version ${started.version}, and this is ${version}`, {
          fix: 'start it anew; its state stays: hello local stop && hello local start',
        }),
      );
    }
    if (started.is === 'started') io.say(`Local cloud started (${dir}).`);
    return started.connection;
  } catch (error) {
    if (error instanceof Refusal) throw error;
    const message = error instanceof Error ? error.message : String(error);
    const fix = 'mend what its log says; `hello local reset` begins with an empty one';
    throw new Refusal(problem('HELLO6002', message, { fix }));
  }
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined || text === '' ? undefined : Number(text);
}

async function put(connection: Connection, what: string, body: object): Promise<Readonly<Record<string, unknown>>> {
  const response = await fetch(`${connection.url}/_local/${what}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${connection.token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(10_000),
  });
  const answer = (await response.json()) as { readonly error?: { readonly message?: string } } & Record<
    string,
    unknown
  >;
  if (response.ok) return answer;
  throw new Refusal(problem('HELLO3001', `the local cloud refused: ${answer.error?.message ?? response.statusText}`));
}
