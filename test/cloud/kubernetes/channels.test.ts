import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createTcpServer, connect, type AddressInfo, type Socket } from 'node:net';
import { createServer, type IncomingMessage } from 'node:http';
import { test, type TestContext } from 'node:test';
import { WebSocketServer, type WebSocket } from 'ws';
import { isCloudError, Refusal } from '../../../compiler/base/errors.ts';
import { connectGke, type Connection } from '../../../compiler/cloud/kubernetes/connect.ts';
import { exec, type ExecRequest } from '../../../compiler/cloud/kubernetes/exec.ts';
import { forward } from '../../../compiler/cloud/kubernetes/port-forward.ts';

type Serve = (socket: WebSocket, request: IncomingMessage) => void;

/** A server of WebSockets on a real port, which speaks as an API server does. */
async function serveChannels(t: TestContext, serve: Serve, protocol = 'v5.channel.k8s.io'): Promise<Connection> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => protocol });
  server.on('connection', serve);
  await once(server, 'listening');
  t.after(() => {
    for (const each of server.clients) each.terminate();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return connectGke({ endpoint: `http://127.0.0.1:${port}`, token: async () => 'secret-token' });
}

const nothing = async (): Promise<void> => undefined;
const request: ExecRequest = {
  namespace: 'n',
  pod: 'web-1',
  container: 'app',
  command: ['sh', '-c', 'a b'],
  tty: false,
  stdout: nothing,
  stderr: nothing,
};
const signal = new AbortController().signal;
const status = (body: object): Buffer => Buffer.concat([Buffer.of(3), Buffer.from(JSON.stringify(body))]);
const success = status({ status: 'Success' });

async function* of<T>(...items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

test('asks for the command with its arguments, as whom we are', async (t) => {
  let asked: IncomingMessage | undefined;
  const connection = await serveChannels(t, (socket, incoming) => {
    asked = incoming;
    socket.send(success);
  });
  assert.equal(await exec(connection, request, signal), 0);
  assert.equal(
    asked?.url,
    '/api/v1/namespaces/n/pods/web-1/exec?container=app&stdout=true&stderr=true&tty=false&command=sh&command=-c&command=a+b',
  );
  assert.equal(asked.headers.authorization, 'Bearer secret-token');
});

test('passes the size of the terminal on, as it is and as it becomes, and the end of the input', async (t) => {
  const seen: string[] = [];
  const connection = await serveChannels(t, (socket) => {
    socket.on('message', (data: Buffer) => {
      seen.push(`${data[0]} ${data.subarray(1).toString('latin1')}`);
      if (seen.length === 4) socket.send(success);
    });
  });
  const sizes = of({ columns: 80, rows: 24 }, { columns: 100, rows: 40 });
  await exec(connection, { ...request, tty: true, sizes, stdin: of(Buffer.from('ls\r')) }, signal);
  assert.deepEqual(seen.toSorted(), ['0 ls\r', '255 \0', '4 {"Width":100,"Height":40}', '4 {"Width":80,"Height":24}']);
});

test('does not say that the input has ended to a server that could not understand it', async (t) => {
  const seen: (number | undefined)[] = [];
  const connection = await serveChannels(
    t,
    (socket) => {
      socket.on('message', (data: Buffer) => seen.push(data[0]));
      setTimeout(() => socket.send(success), 200);
    },
    'v4.channel.k8s.io',
  );
  await exec(connection, { ...request, stdin: of(Buffer.from('x')) }, signal);
  assert.deepEqual(seen, [0]);
});

test('takes no more than is taken of it', async (t) => {
  const chunk = Buffer.concat([Buffer.of(1), Buffer.alloc(64 * 1024)]);
  const chunks = 800;
  let left = 0;
  const connection = await serveChannels(t, (socket) => {
    for (let count = 0; count < chunks; count += 1) socket.send(chunk, () => (left += 1));
    socket.send(success);
  });
  let [taken, most] = [0, 0];
  const stdout = async (): Promise<void> => {
    taken += 1;
    // Time enough for everything to arrive, if it were let in.
    if (taken === 1) await new Promise((done) => setTimeout(done, 500));
    most = Math.max(most, taken === 1 ? left : 0);
  };
  await exec(connection, { ...request, stdout }, signal);
  assert.equal(taken, chunks);
  assert.ok(most < chunks, `${most} of ${chunks} were let in while one was held`);
});

test('tells the exit code, or why there is none', async (t) => {
  const causes = (reason: string, message: string): object => ({ details: { causes: [{ reason, message }] } });
  const failing = async (body: object): Promise<number> =>
    exec(await serveChannels(t, (socket) => socket.send(status({ status: 'Failure', ...body }))), request, signal);
  assert.equal(await failing({ reason: 'NonZeroExitCode', ...causes('ExitCode', '42') }), 42);
  await assert.rejects(
    failing({ reason: 'InternalError', message: 'x', ...causes('', 'exec: "zsh": executable file not found') }),
    (error) => error instanceof Refusal && /could not be started: exec: "zsh"/.test(error.message),
  );
  const broken = await serveChannels(t, (socket) => socket.terminate());
  await assert.rejects(exec(broken, request, signal), (error) => isCloudError(error, 'unavailable'));
});

test('tells a refusal in the words of the server', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  server.on('upgrade', (_request, socket: Socket) => {
    const body = JSON.stringify({
      kind: 'Status',
      message: 'pods "web-1" is forbidden',
      reason: 'Forbidden',
      code: 403,
    });
    socket.end(`HTTP/1.1 403 Forbidden\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  });
  await once(server, 'listening');
  t.after(() => server.close());
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const refused = exec(connectGke({ endpoint, token: async () => 't' }), request, signal);
  await assert.rejects(
    refused,
    (error) => isCloudError(error, 'forbidden') && /"web-1" is forbidden/.test(error.message),
  );
});

test('ends when it is aborted', async (t) => {
  const stop = new AbortController();
  const connection = await serveChannels(t, () => stop.abort(new Error('stopped')));
  await assert.rejects(exec(connection, request, stop.signal), /stopped/);
});

/** A client of this machine whose connection is forwarded. */
async function client(t: TestContext): Promise<{ readonly near: Socket; readonly far: Socket }> {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const near = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [far] = (await once(server, 'connection')) as [Socket];
  t.after(() => {
    near.destroy();
    far.destroy();
    server.close();
  });
  return { near, far };
}

test('joins a connection to a port of a pod, without the numbers that begin its channels', async (t) => {
  const port = Buffer.of(5432 & 0xff, 5432 >> 8);
  const connection = await serveChannels(
    t,
    (socket) => {
      socket.send(Buffer.concat([Buffer.of(0), port]));
      socket.send(Buffer.concat([Buffer.of(1), port]));
      socket.on('message', (data: Buffer) => socket.send(data));
    },
    'v4.channel.k8s.io',
  );
  const { near, far } = await client(t);
  const over = forward(connection, { namespace: 'n', pod: 'web-1', port: 5432 }, far, signal);
  near.write('ping');
  const [answer] = (await once(near, 'data')) as [Buffer];
  assert.equal(answer.toString(), 'ping');
  near.end();
  await over;
});

test('tells why a port of a pod is not to be had', async (t) => {
  const connection = await serveChannels(
    t,
    (socket) => socket.send(Buffer.concat([Buffer.of(1, 0x38, 0x15), Buffer.from('connection refused')])),
    'v4.channel.k8s.io',
  );
  const { far } = await client(t);
  const over = forward(connection, { namespace: 'n', pod: 'web-1', port: 5432 }, far, signal);
  await assert.rejects(over, /connection refused/);
});
