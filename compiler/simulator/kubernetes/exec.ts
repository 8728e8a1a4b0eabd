import type { Execution, KubeObject, PodRuntime } from '../parts.ts';
import { accept, finish, onMessage, pass, protocolOf, sendOn, type Upgrade } from './upgrade.ts';
import { containerOf } from './pod-log.ts';
import { execOverSpdy, wantsSpdy } from './spdy-streams.ts';
import { ApiError, badRequest, type StatusBody } from './status-error.ts';

/** https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/ and the channels that it speaks of. */
const protocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];
const channels = { stdin: 0, stdout: 1, stderr: 2, status: 3, resize: 4, close: 255 } as const;

/**
 * `pods/NAME/exec` over a WebSocket: runs a command in a container, its streams as channels, its end as a Status. With
 * `tty` both outputs are one.
 */
export async function serveExec(
  runtime: PodRuntime,
  pod: KubeObject,
  query: URLSearchParams,
  upgrade: Upgrade,
): Promise<void> {
  const command = query.getAll('command');
  if (command.length === 0) throw badRequest('you must specify at least 1 command for the container');
  const wants = (stream: string): boolean => ['true', '1'].includes(query.get(stream) ?? '');
  if (!['stdin', 'stdout', 'stderr'].some(wants))
    throw badRequest('you must specify at least 1 of stdin, stdout, stderr');
  const container = containerOf(pod, query.get('container'));
  const protocol = protocolOf(upgrade, protocols);
  if (protocol === undefined && !wantsSpdy(upgrade))
    throw badRequest(`unable to upgrade: only SPDY/3.1, or WebSocket with one of ${protocols.join(', ')}`);
  const { name, namespace = '' } = pod.metadata;
  const execution = runtime.exec({ namespace, pod: name, container, command, tty: wants('tty') });
  if (!execution)
    throw new ApiError(
      500,
      'InternalError',
      `Internal error occurred: unable to upgrade connection: container not found ("${container}")`,
    );
  const status = async (): Promise<string> => JSON.stringify(statusOf(command, await execution.ended));
  if (protocol === undefined) {
    const wanted = ['stdin', 'stdout', ...(wants('tty') ? [] : ['stderr'])].filter(wants);
    await execOverSpdy(upgrade, execution, wanted, status);
    return;
  }
  const connection = await accept(upgrade, protocol);
  connection.on('close', () => execution.kill());
  connection.on('error', () => execution.kill());
  onMessage(connection, (channel, bytes) => {
    if (channel === channels.stdin && wants('stdin')) execution.stdin.write(bytes);
    else if (channel === channels.resize) resize(execution, bytes);
    else if (channel === channels.close && bytes[0] === channels.stdin) execution.stdin.end();
  });
  if (!wants('stdin')) execution.stdin.end();
  // An empty message tells the client that all is set up.
  await sendOn(connection, wants('stdout') ? channels.stdout : channels.status, Buffer.alloc(0));
  const merged = wants('tty') ? channels.stdout : channels.stderr;
  await Promise.all([
    wants('stdout') ? pass(execution.stdout, connection, channels.stdout) : execution.stdout.resume(),
    wants('stderr') || wants('tty') ? pass(execution.stderr, connection, merged) : execution.stderr.resume(),
  ]);
  await sendOn(connection, channels.status, Buffer.from(await status()));
  await finish(connection);
}

/** `{"Width":80,"Height":24}`; Go, which reads it there, takes names in any case. */
function resize(execution: Execution, bytes: Buffer): void {
  const [, columns] = /"width":(\d+)/i.exec(bytes.toString()) ?? [];
  const [, rows] = /"height":(\d+)/i.exec(bytes.toString()) ?? [];
  if (columns !== undefined && rows !== undefined) execution.resize(Number(columns), Number(rows));
}

function statusOf(command: readonly string[], end: Awaited<Execution['ended']>): Partial<StatusBody> {
  if ('refusal' in end) {
    const message = `Internal error occurred: error executing command in container: ${end.refusal}`;
    return new ApiError(500, 'InternalError', message, { causes: [{ message: end.refusal }] }).body;
  }
  if (end.code === 0) return { metadata: {}, status: 'Success' };
  return {
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: error executing command [${command.join(' ')}], exit code ${end.code}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(end.code) }] },
  };
}
