import assert from 'node:assert/strict';
import { once } from 'node:events';
import { PassThrough, type Writable } from 'node:stream';
import { test, type TestContext } from 'node:test';
import { behindTerminal } from '../../../compiler/simulator/workloads/terminal.ts';
import { Exec, KubeConfig, PortForward, type V1Status } from '@kubernetes/client-node';
import { WebSocket } from 'ws';
import type { LocalCluster } from '../../../compiler/simulator/local-clusters.ts';
import { token, until, type Json } from './cluster.ts';
import { clusterWithNode } from './cluster-with-node.ts';
import { kubectlFor, kubectls } from './kubectl.ts';

/** A pod that runs, with a port that echoes. */
async function start(t: TestContext): Promise<{ readonly cluster: LocalCluster; readonly config: KubeConfig }> {
  const cluster = (await clusterWithNode(t)).cluster();
  await until(
    'the namespace is furnished',
    () => cluster.server.objects.get('serviceaccounts', 'default', 'default') !== undefined,
  );
  cluster.server.objects.create(
    'pods',
    {
      metadata: { name: 'web', namespace: 'default' },
      spec: {
        containers: [
          {
            name: 'app',
            image: 'work:1',
            args: ['echo'],
            env: [
              { name: 'PORT', value: '8080' },
              { name: 'COLOUR', value: 'blue' },
            ],
            ports: [{ containerPort: 8080 }],
            readinessProbe: { tcpSocket: { port: 8080 } },
          },
        ],
      },
    },
    'test',
  );
  await until('the pod is ready', () => {
    const pod: Json = cluster.server.objects.get('pods', 'web', 'default');
    return pod.status.containerStatuses?.[0]?.ready === true;
  });
  const config = new KubeConfig();
  config.loadFromOptions({
    clusters: [
      {
        name: 'c',
        server: `https://${cluster.server.endpoint}`,
        caData: Buffer.from(cluster.server.caPem).toString('base64'),
      },
    ],
    users: [{ name: 'u', token }],
    contexts: [{ name: 'x', cluster: 'c', user: 'u' }],
    currentContext: 'x',
  });
  return { cluster, config };
}

function collect(): { readonly stream: Writable; readonly text: () => string } {
  let text = '';
  const stream = new PassThrough();
  stream.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
  return { stream, text: () => text };
}

interface Ran {
  readonly out: string;
  readonly err: string;
  readonly status: V1Status;
}

async function exec(config: KubeConfig, command: string[], input?: PassThrough, tty = false): Promise<Ran> {
  const [out, err] = [collect(), collect()];
  const { promise, resolve } = Promise.withResolvers<V1Status>();
  const connection = await new Exec(config).exec(
    'default',
    'web',
    'app',
    command,
    out.stream,
    err.stream,
    input ?? null,
    tty,
    resolve,
  );
  const status = await promise;
  connection.close();
  return { out: out.text(), err: err.text(), status };
}

test('exec runs a command with the environment and in the folder of the container', async (t) => {
  const { config } = await start(t);
  const ran = await exec(config, [
    'node',
    '-p',
    'process.env.COLOUR + " " + require("node:fs").existsSync("main.mjs")',
  ]);
  assert.deepEqual([ran.out, ran.err, ran.status.status], ['blue true\n', '', 'Success']);
});

test('exec tells the exit code, and keeps both outputs apart', async (t) => {
  const { config } = await start(t);
  const ran = await exec(config, ['sh', '-c', 'echo yes; echo no >&2; exit 3']);
  assert.deepEqual([ran.out, ran.err], ['yes\n', 'no\n']);
  assert.equal(ran.status.reason, 'NonZeroExitCode');
  assert.deepEqual(ran.status.details?.causes, [{ reason: 'ExitCode', message: '3' }]);
});

test('exec merges both outputs where a terminal is asked for', async (t) => {
  const { config } = await start(t);
  const ran = await exec(config, ['sh', '-c', 'echo no >&2'], undefined, true);
  // A terminal ends its lines with both.
  assert.deepEqual([ran.out.replace('\r', ''), ran.err], ['no\n', '']);
});

test('exec behind a terminal has one, with the size of the client, and its keys', async (t) => {
  if (!behindTerminal(['sh'])) return t.skip('script is not on PATH');
  const { config } = await start(t);
  const input = new PassThrough();
  const running = exec(config, ['sh', '-c', 'read word; echo "got $word"; test -t 0 && sleep 100'], input, true);
  setTimeout(() => input.write('word\r'), 200);
  setTimeout(() => input.write('\u0003'), 1500);
  const { out } = await running;
  return assert.match(out, /word\r\ngot word\r\n\^C/);
});

test('exec passes on its input, a megabyte of it, and its end', async (t) => {
  const { config } = await start(t);
  const input = new PassThrough();
  const running = exec(
    config,
    ['node', '-e', 'let n = 0; process.stdin.on("data", (c) => (n += c.length)).on("end", () => console.log(n))'],
    input,
  );
  setTimeout(() => input.end(Buffer.alloc(1024 * 1024, 'x')), 50);
  assert.equal((await running).out, `${1024 * 1024}\n`);
});

test('exec of a program that is not there says so', async (t) => {
  const { config } = await start(t);
  const { status } = await exec(config, ['no-such-program']);
  assert.match(status.message ?? '', /exec: "no-such-program": executable file not found in \$PATH/);
});

test('exec ends the command when the client goes away', async (t) => {
  const { cluster } = await start(t);
  const path =
    '/api/v1/namespaces/default/pods/web/exec?stdout=true&command=sh&command=-c&command=echo+$$;exec+sleep+300';
  const socket = new WebSocket(`wss://${cluster.server.endpoint}${path}`, 'v5.channel.k8s.io', {
    ca: cluster.server.caPem,
    headers: { Authorization: `Bearer ${token}` },
  });
  const pid = await new Promise<number>((resolve) => {
    socket.on('message', (data: Buffer) => {
      if (data.length > 1) resolve(Number(data.subarray(1).toString()));
    });
  });
  socket.close();
  await until('it has ended', () => {
    try {
      return !process.kill(pid, 0);
    } catch {
      return true;
    }
  });
});

for (const [what, path, code] of [
  ['a pod that is not there', 'pods/nobody/exec?command=ls&stdout=true', 404],
  ['no command', 'pods/web/exec?stdout=true', 400],
  ['a container that is not there', 'pods/web/exec?command=ls&stdout=true&container=x', 400],
  ['a port that is none', 'pods/web/portforward?ports=x', 400],
] as const) {
  test(`a stream to ${what} is refused with a Status`, async (t) => {
    const { cluster } = await start(t);
    const socket = new WebSocket(
      `wss://${cluster.server.endpoint}/api/v1/namespaces/default/${path}`,
      'v4.channel.k8s.io',
      {
        ca: cluster.server.caPem,
        headers: { Authorization: `Bearer ${token}` },
      },
    );
    const [, response] = (await once(socket, 'unexpected-response')) as [
      unknown,
      NodeJS.ReadableStream & { statusCode: number },
    ];
    let text = '';
    for await (const chunk of response) text += String(chunk);
    assert.equal(response.statusCode, code);
    assert.equal(JSON.parse(text).kind, 'Status');
  });
}

test('a stream without a token is refused', async (t) => {
  const { cluster } = await start(t);
  const url = `wss://${cluster.server.endpoint}/api/v1/namespaces/default/pods/web/exec?command=ls&stdout=true`;
  const socket = new WebSocket(url, 'v4.channel.k8s.io', { ca: cluster.server.caPem });
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number }];
  assert.equal(response.statusCode, 401);
});

test('port-forward reaches the port of the pod', async (t) => {
  const { config } = await start(t);
  const output = collect();
  const input = new PassThrough();
  const connection = (await new PortForward(config).portForward(
    'default',
    'web',
    [8080],
    output.stream,
    null,
    input,
  )) as Json;
  input.write('hello ');
  input.write('there');
  await until('it echoes', () => output.text() === 'hello there');
  connection.close();
});

test('port-forward to a port where nothing listens says so', async (t) => {
  const { config } = await start(t);
  const [output, errors] = [collect(), collect()];
  await new PortForward(config).portForward('default', 'web', [1], output.stream, errors.stream, new PassThrough());
  await until('it is told', () => errors.text().includes('connection refused'));
});

const newest = kubectls().at(-1);
test(
  'kubectl exec prints the output and ends with the exit code',
  { skip: newest === undefined ? 'kubectl is not on PATH' : false },
  async (t) => {
    const { cluster } = await start(t);
    const { ok, run } = await kubectlFor(t, newest ?? '', cluster.server);
    assert.equal(await ok('exec', 'web', '--', 'sh', '-c', 'echo $COLOUR'), 'blue\n');
    const failed = await run('exec', 'web', '--', 'sh', '-c', 'exit 7');
    assert.equal(failed.code, 7);
    assert.match(failed.err, /command terminated with exit code 7/);
  },
);
