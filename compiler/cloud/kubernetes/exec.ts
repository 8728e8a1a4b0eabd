import { problem } from '../../base/diagnostic.ts';
import { CloudError, Refusal } from '../../base/errors.ts';
import { isObject } from '../../base/json.ts';
import { openChannels, type Channels } from './channels.ts';
import type { Connection } from './connect.ts';
import { pathOf } from './objects.ts';

/** A command to be run in a container. */
export interface ExecRequest {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly command: readonly string[];
  /** Behind it is a terminal: both of its outputs are one then. */
  readonly tty: boolean;
  /** What it reads; absent, its input is at its end. */
  readonly stdin?: AsyncIterable<Uint8Array>;
  /** Resolve when more may be written. */
  readonly stdout: (bytes: Uint8Array) => Promise<void>;
  readonly stderr: (bytes: Uint8Array) => Promise<void>;
  /** The sizes of the terminal: as it is, and as it becomes. */
  readonly sizes?: AsyncIterable<{ readonly columns: number; readonly rows: number }>;
}

const pods = { apiVersion: 'v1', kind: 'Pod', plural: 'pods', namespaced: true };
// The fifth version can say that the input has ended; the fourth is what older servers speak.
const protocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];
const channels = { stdin: 0, stdout: 1, stderr: 2, status: 3, resize: 4, close: 255 } as const;

/** Runs a command in a container to its end; its exit code. Throws CloudError, or a Refusal when it could not be started. */
export async function exec(connection: Connection, request: ExecRequest, signal: AbortSignal): Promise<number> {
  const { namespace, pod, container, command, tty, stdin, sizes } = request;
  const query = new URLSearchParams({ container, stdout: 'true', stderr: String(!tty), tty: String(tty) });
  if (stdin) query.set('stdin', 'true');
  for (const word of command) query.append('command', word);
  const path = `${pathOf(pods, namespace, pod)}/exec?${query.toString()}`;
  const opened = await openChannels(connection, path, protocols, signal);
  try {
    if (stdin) void feed(opened, stdin);
    if (sizes) void resize(opened, sizes);
    for await (const { channel, bytes } of opened.messages()) {
      if (channel === channels.stdout) await request.stdout(bytes);
      else if (channel === channels.stderr) await request.stderr(bytes);
      else if (channel === channels.status) return exitCodeOf(bytes);
    }
  } finally {
    opened.close();
  }
  throw new CloudError('the connection ended before the command did', {
    reason: 'unavailable',
    service: 'kubernetes',
  });
}

async function feed(opened: Channels, stdin: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const bytes of stdin) await opened.send(channels.stdin, bytes);
  if (opened.protocol === protocols[0]) await opened.send(channels.close, Buffer.of(channels.stdin));
}

async function resize(opened: Channels, sizes: NonNullable<ExecRequest['sizes']>): Promise<void> {
  for await (const { columns, rows } of sizes)
    await opened.send(channels.resize, Buffer.from(JSON.stringify({ Width: columns, Height: rows })));
}

/** https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/ */
function exitCodeOf(bytes: Buffer): number {
  const status: unknown = JSON.parse(bytes.toString());
  const fields = isObject(status) ? status : {};
  if (fields['status'] === 'Success') return 0;
  const details = isObject(fields['details']) ? fields['details'] : {};
  const causes = Array.isArray(details['causes']) ? details['causes'].filter(isObject) : [];
  const code = causes.find((each) => each['reason'] === 'ExitCode')?.['message'];
  if (fields['reason'] === 'NonZeroExitCode' && Number.isInteger(Number(code))) return Number(code);
  throw notStarted(causes[0]?.['message'] ?? fields['message']);
}

function notStarted(why: unknown): Refusal {
  const message = `the command could not be started${typeof why === 'string' && why !== '' ? `: ${why}` : ''}`;
  const fix = 'Check that the image has it: many images have neither a shell nor tools.';
  return new Refusal(problem('HELLO3001', message, { fix }));
}
