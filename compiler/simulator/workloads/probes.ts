import { spawn } from 'node:child_process';
import { get as httpGet } from 'node:http';
import { get as httpsGet } from 'node:https';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { signal } from '../processes.ts';
import type { Handler, HttpGet, Probe } from './pod-types.ts';

/** How a handler reaches its container. */
export interface Target {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** The host port behind a port of the container, by number or name. */
  port(port: number | string): number | undefined;
}

/** Until a probe has succeeded it looks this often, so that a process that is up is seen at once. */
const EAGER_MS = 200;

/**
 * Runs a probe until the signal aborts. Its seconds are real ones: a process is as slow here as anywhere. While it has
 * not succeeded it looks more often than `periodSeconds`, but counts at most one failure in each period.
 */
export async function probeLoop(
  probe: Probe,
  target: Target,
  told: { succeeded(): void; failed(message: string): void; overThreshold(): void },
  until: AbortSignal,
): Promise<void> {
  const periodMs = (probe.periodSeconds ?? 10) * 1000;
  await delay((probe.initialDelaySeconds ?? 0) * 1000, undefined, { signal: until }).catch(() => undefined);
  let successes = 0;
  let failures = 0;
  let counted = 0;
  let nextCount = Date.now();
  while (!until.aborted) {
    const problem = await attempt(probe, target, (probe.timeoutSeconds ?? 1) * 1000);
    if (until.aborted) return;
    if (problem === undefined) {
      failures = 0;
      successes++;
      if (successes >= (probe.successThreshold ?? 1)) told.succeeded();
      nextCount = Date.now() + periodMs;
    } else if (successes > 0 || Date.now() >= nextCount) {
      successes = 0;
      failures++;
      counted++;
      nextCount = Date.now() + periodMs;
      told.failed(problem);
      if (failures >= (probe.failureThreshold ?? 3)) {
        failures = 0;
        told.overThreshold();
      }
    }
    const impatient = counted > 1 ? EAGER_MS * 5 : EAGER_MS;
    await delay(successes > 0 ? periodMs : Math.min(periodMs, impatient), undefined, { signal: until }).catch(
      () => undefined,
    );
  }
}

/** One look. Returns undefined when it is well, else what is wrong in the kubelet's words. */
export async function attempt(handler: Handler, target: Target, timeoutMs: number): Promise<string | undefined> {
  if (handler.httpGet) return http(handler.httpGet, target, timeoutMs);
  if (handler.exec) return execute(handler.exec.command ?? [], target, timeoutMs);
  const port = handler.tcpSocket?.port ?? handler.grpc?.port;
  return port === undefined ? undefined : tcp(target.port(port), timeoutMs);
}

async function http(ask: HttpGet, target: Target, timeoutMs: number): Promise<string | undefined> {
  const port = target.port(ask.port);
  if (port === undefined) return `strconv.Atoi: parsing "${ask.port}": invalid syntax`;
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const secure = ask.scheme === 'HTTPS';
  const headers = Object.fromEntries((ask.httpHeaders ?? []).map((header) => [header.name, header.value]));
  const options = {
    host: '127.0.0.1',
    port,
    path: ask.path ?? '/',
    agent: false,
    rejectUnauthorized: false,
    headers: {
      'user-agent': 'kube-probe/1.34',
      accept: '*/*',
      connection: 'close',
      ...headers,
    },
  };
  const url = `${secure ? 'https' : 'http'}://127.0.0.1:${port}${options.path}`;
  const request = (secure ? httpsGet : httpGet)(options, (response) => {
    response.resume();
    const status = response.statusCode ?? 0;
    resolve(status >= 200 && status < 400 ? undefined : `HTTP probe failed with statuscode: ${status}`);
  });
  request.once('error', (error) => resolve(`Get "${url}": ${error.message}`));
  const timer = setTimeout(() => {
    resolve(`Get "${url}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`);
    request.destroy();
  }, timeoutMs);
  const result = await promise;
  clearTimeout(timer);
  return result;
}

async function tcp(port: number | undefined, timeoutMs: number): Promise<string | undefined> {
  if (port === undefined) return 'the container declares no port of this name';
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const socket = connect({ port, host: '127.0.0.1' });
  socket.once('connect', () => resolve(undefined));
  socket.once('error', (error) => resolve(`dial tcp 127.0.0.1:${port}: ${error.message}`));
  socket.setTimeout(timeoutMs, () => resolve(`dial tcp 127.0.0.1:${port}: i/o timeout`));
  const result = await promise;
  socket.destroy();
  return result;
}

async function execute(command: readonly string[], target: Target, timeoutMs: number): Promise<string | undefined> {
  const [first = '', ...args] = command;
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const program = first === 'node' ? process.execPath : first;
  const child = spawn(program, args, {
    cwd: target.cwd,
    env: target.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  const collect = (chunk: Buffer): void => void (output = (output + chunk.toString()).slice(0, 1024));
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  child.once('error', (error) => resolve(error.message));
  child.once('close', (code) => resolve(code === 0 ? undefined : output.trim() || `command exited with ${code}`));
  const timer = setTimeout(() => {
    if (child.pid !== undefined) signal({ pid: child.pid, group: true }, 'SIGKILL');
    resolve(`command timed out after ${timeoutMs / 1000}s`);
  }, timeoutMs);
  const result = await promise;
  clearTimeout(timer);
  return result;
}
