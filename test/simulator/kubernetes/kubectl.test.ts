import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test, type TestContext } from 'node:test';
import { deployment, startCluster, startKubelet, until } from './cluster.ts';
import { kubectlFor, kubectls, type Kubectl } from './kubectl.ts';

async function prepare(t: TestContext, binary: string): Promise<Kubectl> {
  const cluster = await startCluster(t);
  startKubelet(t, cluster.objects);
  return kubectlFor(t, binary, cluster.server);
}

const service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web' },
  spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] },
};

const found = kubectls();
const each = found.length > 0 ? found : ['kubectl'];

for (const binary of each) {
  const name = binary.split('/').at(-1) ?? binary;
  const options = { skip: found.length === 0 ? 'kubectl is not on PATH' : false };

  test(`${name} applies on the server, rolls out, undoes and scales`, options, async (t) => {
    const { ok, run, file } = await prepare(t, binary);
    const manifest = await file('web', deployment('web'), service);
    assert.match(await ok('apply', '--server-side', '-f', manifest), /deployment\.apps\/web serverside-applied/);
    assert.match(await ok('rollout', 'status', 'deploy/web', '--timeout=20s'), /successfully rolled out/);
    assert.equal((await run('diff', '--server-side', '-f', manifest)).code, 0);
    const changed = await file('changed', deployment('web', { image: 'app:2' }));
    assert.equal((await run('diff', '--server-side', '-f', changed)).code, 1);
    await ok('set', 'image', 'deploy/web', 'app=app:2');
    await ok('rollout', 'status', 'deploy/web', '--timeout=20s');
    assert.match(await ok('rollout', 'history', 'deploy/web'), /\n1 .*\n2 /);
    await ok('rollout', 'undo', 'deploy/web');
    await ok('rollout', 'status', 'deploy/web', '--timeout=20s');
    assert.equal(await ok('get', 'deploy', 'web', '-o', 'jsonpath={.spec.template.spec.containers[0].image}'), 'app:1');
    await ok('rollout', 'restart', 'deploy/web');
    await ok('rollout', 'status', 'deploy/web', '--timeout=20s');
    await ok('scale', 'deploy/web', '--replicas=3');
    await ok('wait', '--for=condition=available', 'deploy/web', '--timeout=20s');
    await ok('rollout', 'status', 'deploy/web', '--timeout=20s');
    assert.match(await ok('get', 'deploy', 'web'), /web +3\/3 +3 +3 /);
    assert.match(await ok('delete', '-f', manifest, '--timeout=20s'), /"web" deleted/);
    await ok('wait', '--for=delete', 'deploy/web', '--timeout=20s');
  });

  test(`${name} applies from its own side, and finds nothing to do the second time`, options, async (t) => {
    const { ok, run, file } = await prepare(t, binary);
    const manifest = await file('web', deployment('web'), service);
    assert.match(await ok('apply', '-f', manifest), /deployment\.apps\/web created/);
    await ok('rollout', 'status', 'deploy/web', '--timeout=20s');
    const again = await ok('apply', '-f', manifest);
    assert.match(again, /deployment\.apps\/web unchanged/);
    assert.match(again, /service\/web unchanged/);
    assert.equal((await run('diff', '-f', manifest)).code, 0);
    const changed = await file('changed', deployment('web', { image: 'app:2' }), service);
    assert.match(await ok('apply', '-f', changed), /deployment\.apps\/web configured/);
    const strange = await file('strange', deployment('odd', { spec: { foo: 1 } }));
    const refused = await run('apply', '-f', strange);
    assert.equal(refused.code, 1);
    assert.match(refused.err, /unknown field "spec\.foo"/);
  });

  test(`${name} shows, describes, explains and labels`, options, async (t) => {
    const { ok, file } = await prepare(t, binary);
    await ok('create', '-f', await file('web', deployment('web'), service));
    await ok('rollout', 'status', 'deploy/web', '--timeout=20s');
    assert.match(
      await ok('get', 'all'),
      /pod\/web-[\s\S]*service\/web[\s\S]*deployment\.apps\/web[\s\S]*replicaset\.apps\/web-/,
    );
    assert.match(await ok('get', 'deploy', '-o', 'wide'), /CONTAINERS +IMAGES +SELECTOR\n.* app +app:1 +app=web/);
    assert.match(await ok('get', 'deploy', 'web', '-o', 'yaml'), /progressDeadlineSeconds: 600/);
    assert.match(await ok('describe', 'deploy', 'web'), /ScalingReplicaSet .*Scaled up replica set web-/);
    assert.match(await ok('describe', 'pods'), /Successfully assigned default\/web-/);
    assert.match(await ok('get', 'events'), /ScalingReplicaSet +deployment\/web/);
    assert.match(await ok('logs', 'deploy/web'), /hello from app/);
    assert.match(await ok('explain', 'deploy.spec.strategy.rollingUpdate'), /maxSurge/);
    assert.match(await ok('api-resources'), /deployments +deploy +apps\/v1 +true +Deployment/);
    await ok('label', 'deploy', 'web', 'tier=front');
    await ok('annotate', 'deploy', 'web', 'note=x');
    assert.match(await ok('get', 'deploy', '-l', 'tier=front', '-o', 'name'), /deployment\.apps\/web/);
    await ok('patch', 'svc', 'web', '-p', '{"spec":{"ports":[{"port":80,"name":"http"}]}}');
    assert.equal(await ok('get', 'svc', 'web', '-o', 'jsonpath={.spec.ports[0].targetPort}'), '8080');
    assert.match(await ok('auth', 'can-i', 'create', 'pods'), /yes/);
  });

  test(`${name} creates by command`, options, async (t) => {
    const { ok } = await prepare(t, binary);
    await ok('create', 'namespace', 'shop');
    await ok('-n', 'shop', 'create', 'configmap', 'settings', '--from-literal=a=b');
    await ok('-n', 'shop', 'create', 'secret', 'generic', 'keys', '--from-literal=a=b');
    await ok('-n', 'shop', 'create', 'serviceaccount', 'web');
    await ok('-n', 'shop', 'create', 'deployment', 'web', '--image=app:1', '--replicas=2', '--port=8080');
    await ok('-n', 'shop', 'expose', 'deployment', 'web');
    await ok('-n', 'shop', 'rollout', 'status', 'deploy/web', '--timeout=20s');
    assert.equal(await ok('-n', 'shop', 'get', 'secret', 'keys', '-o', 'jsonpath={.data.a}'), 'Yg==');
    assert.match(await ok('-n', 'shop', 'get', 'pods'), /1\/1 +Running/);
    await ok('delete', 'namespace', 'shop', '--timeout=20s');
  });

  test(`${name} watches`, options, async (t) => {
    const { ok, env } = await prepare(t, binary);
    const child = spawn(binary, ['get', 'configmaps', '-w', '--output-watch-events'], { env });
    t.after(() => child.kill());
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
    await until('the watch has begun', () => /ADDED +kube-root-ca/.test(text));
    await ok('create', 'configmap', 'seen');
    await ok('delete', 'configmap', 'seen');
    await until('all of it is told', () => /ADDED +seen[\s\S]*DELETED +seen/.test(text));
  });
}
