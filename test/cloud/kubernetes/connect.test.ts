import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { generate } from 'selfsigned';
import { Refusal, isCloudError } from '../../../compiler/base/errors.ts';
import { kubernetesApi } from '../../../compiler/cloud/kubernetes/client.ts';
import { connectContext, connectGke, type Connection } from '../../../compiler/cloud/kubernetes/connect.ts';
import type { KubeType } from '../../../compiler/model/ports.ts';
import { serve } from '../../support/http-server.ts';
import { quickHost } from '../../support/quick-host.ts';

const namespaces: KubeType = { apiVersion: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false };

async function certificate() {
  const altNames = [{ type: 7 as const, ip: '127.0.0.1' }];
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'cluster' }], {
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames },
    ],
  });
  return { cert, key };
}

async function kubeconfig(t: TestContext, cluster: object, user: object, context = 'dev'): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'hello-kubeconfig-'));
  t.after(async () => rm(folder, { recursive: true }));
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: `c-${context}`, cluster }],
    users: [{ name: `u-${context}`, user }],
    contexts: [{ name: context, context: { cluster: `c-${context}`, user: `u-${context}` } }],
  };
  const file = join(folder, 'config');
  await writeFile(file, JSON.stringify(config));
  return file;
}

const read = async (connection: Connection) =>
  kubernetesApi(connection, quickHost(), { survey: false }).find(namespaces, 'n');
const token = async (): Promise<string> => 'secret-token';
const exec = (script: string): object => ({
  exec: { apiVersion: 'client.authentication.k8s.io/v1', command: process.execPath, args: ['-e', script] },
});
const answer = () => ({ body: { metadata: { name: 'n' } } });

test('trusts a GKE cluster by the CA that GKE gives, and nobody else', async (t) => {
  const tls = await certificate();
  const { port, seen } = await serve(t, answer, tls);
  const trusted = connectGke({
    endpoint: `127.0.0.1:${port}`,
    caBase64: Buffer.from(tls.cert).toString('base64'),
    token,
  });
  assert.equal((await read(trusted))?.metadata.name, 'n');
  assert.equal(seen[0]?.headers.authorization, 'Bearer secret-token');
  const watched = kubernetesApi(trusted, quickHost(), { survey: false });
  assert.ok((await watched.logs('n', 'p', 'c', { tailLines: 1 })).includes('n'));
  const stranger = connectGke({ endpoint: `127.0.0.1:${port}`, token });
  await assert.rejects(
    read(stranger),
    (error) => isCloudError(error, 'unexpected') && /certificate .* not trusted/.test(error.message),
  );
});

test('uses a context with a token, over plain http too', async (t) => {
  const { url, seen } = await serve(t, answer);
  const file = await kubeconfig(t, { server: url }, { token: 'abc' });
  const connection = await connectContext('dev', { env: { KUBECONFIG: file } });
  assert.equal((await read(connection))?.metadata.name, 'n');
  await read(connection);
  await kubernetesApi(connection, quickHost(), { survey: false }).logs('n', 'p', 'c', { tailLines: 1 });
  assert.ok(seen.every((each) => each.headers.authorization === 'Bearer abc'));
  assert.equal(seen[0]?.port, seen[1]?.port);
});

test('honours insecure-skip-tls-verify, and a CA in the file', async (t) => {
  const tls = await certificate();
  const { url } = await serve(t, answer, tls);
  const ca = Buffer.from(tls.cert).toString('base64');
  for (const cluster of [
    { server: url, 'insecure-skip-tls-verify': true },
    { server: url, 'certificate-authority-data': ca },
  ]) {
    const file = await kubeconfig(t, cluster, { token: 'abc' });
    assert.equal((await read(await connectContext('dev', { env: { KUBECONFIG: file } })))?.metadata.name, 'n');
  }
});

test('runs the credentials plugin of a context, and tells when it fails', async (t) => {
  const { url, seen } = await serve(t, answer);
  const status = {
    apiVersion: 'client.authentication.k8s.io/v1',
    kind: 'ExecCredential',
    status: { token: 'from-plugin' },
  };
  const good = await kubeconfig(t, { server: url }, exec(`console.log(${JSON.stringify(JSON.stringify(status))})`));
  await read(await connectContext('dev', { env: { KUBECONFIG: good } }));
  assert.equal(seen[0]?.headers.authorization, 'Bearer from-plugin');
  const bad = await kubeconfig(t, { server: url }, exec('console.error("please log in"); process.exit(1)'));
  const connection = await connectContext('dev', { env: { KUBECONFIG: bad } });
  await assert.rejects(
    read(connection),
    (error) => error instanceof Refusal && error.message.includes('please log in'),
  );
});

test('names the contexts that there are when one is unknown, over all files of KUBECONFIG', async (t) => {
  const one = await kubeconfig(t, { server: 'https://a' }, {}, 'kind-a');
  const two = await kubeconfig(t, { server: 'https://b' }, {}, 'minikube');
  const refused = connectContext('nope', { env: { KUBECONFIG: `${one}:${two}:/not/there` } });
  await assert.rejects(
    refused,
    (error) =>
      error instanceof Refusal &&
      error.problems[0]?.code === 'HELLO2008' &&
      error.problems[0].fix === 'There are: kind-a, minikube.',
  );
});

test('says which kubeconfig is broken', async (t) => {
  const file = await kubeconfig(t, {}, {});
  await writeFile(file, '{ nonsense');
  await assert.rejects(
    connectContext('dev', { env: { KUBECONFIG: file } }),
    (error) => error instanceof Refusal && error.message.includes(file),
  );
});
