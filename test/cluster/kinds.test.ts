import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { registry } from '../../compiler/kinds/registry.ts';
import type { Plan } from '../../compiler/model/change.ts';
import { anyCluster, pause } from '../support/any-cluster.ts';
import type { Json } from '../support/cli.ts';
import { kubectls } from '../simulator/kubernetes/kubectl.ts';

// Every kind of object that hello makes, on any cluster: what a server makes of each is no difference, whatever it is.

const cluster = await anyCluster();
const [apps, batch, core] = ['apps/v1', 'batch/v1', 'v1'].map(
  (version) => `/${version === 'v1' ? 'api' : 'apis'}/${version}/namespaces/${cluster.namespace}`,
);

const web = `{ image: '${pause}', replicas: 0, env: { A: one }, secrets: { KEY: theirs/key }, metrics: { path: /metrics, port: 9090 },
    allow: [203.0.113.0/24], ports: [
      { port: 80, target: 8080, reach: public }, { port: 81, target: 8081, reach: vpc }, { port: 82, target: 8082, reach: cluster } ] }`;

function write(replicas: string, more = ''): void {
  cluster.write(
    `services:\n  web: ${web}\n  worker: { image: '${pause}', replicas: ${replicas} }\njobs:\n  nightly: { image: '${pause}', command: ${cluster.ended}, schedule: '0 3 * * *' }\n${more}`,
  );
}

const monitoring = await cluster.kube('GET', '/apis/monitoring.googleapis.com/v1');
/** The changes of a plan in which nothing is to be done. */
const none = monitoring ? {} : { 'kubernetes.pod-monitoring/web': 'keep' };

const find = async (path: string): Promise<Live | undefined> => cluster.kube('GET', path) as Promise<Live | undefined>;

interface Live extends Json {
  readonly metadata: Json & { readonly name: string; readonly uid: string };
  readonly spec: Json;
}

/** Another field manager applies part of an object, and takes what it says. */
async function takes(path: string, apiVersion: string, kind: string, more: Json): Promise<void> {
  const metadata = { name: path.split('/').at(-1), namespace: cluster.namespace };
  const query = 'fieldManager=stranger&force=true';
  await cluster.kube(
    'PATCH',
    `${path}?${query}`,
    { apiVersion, kind, metadata, ...more },
    'application/apply-patch+yaml',
  );
}

test('every kind is made, and the second plan is empty', async (t) => {
  write('{ min: 2, max: 3 }');
  const planned = new Set(Object.keys(await cluster.changes()).map((id) => id.split('/')[0]));
  const left = registry.map(({ name }) => name).filter((kind) => kind.startsWith('kubernetes.') && !planned.has(kind));
  if (!monitoring) t.diagnostic('managed Prometheus is not served here: no PodMonitoring is made');
  if (cluster.lacks) t.diagnostic(cluster.lacks);
  // A Secret is made with a database alone, and a job is the matter of a test of its own.
  assert.deepEqual(left.toSorted(), ['kubernetes.job', 'kubernetes.secret']);
  await cluster.ends(0, 'apply --yes');
  assert.deepEqual(await cluster.changes(), none);
});

test('a conflict is told by the path of the field, in lists by the keys of the item', async () => {
  await takes(`${core}/services/web-internal`, 'v1', 'Service', {
    spec: { ports: [{ port: 82, protocol: 'TCP', targetPort: 9999 }] },
  });
  await takes(`${apps}/deployments/web`, 'apps/v1', 'Deployment', {
    spec: { template: { spec: { containers: [{ name: 'app', resources: { requests: { cpu: '300m' } } }] } } },
  });
  const label = { 'app.kubernetes.io/name': 'theirs' };
  await takes(`${core}/configmaps/web`, 'v1', 'ConfigMap', { metadata: { name: 'web', labels: label } });
  const changes = await cluster.changes();
  assert.deepEqual(changes, {
    ...none,
    'kubernetes.service/web-internal': 'refuse spec.ports["82/TCP"].targetPort',
    'kubernetes.deployment/web': 'refuse spec.template.spec.containers.app.resources.requests.cpu',
    'kubernetes.config-map/web': 'refuse metadata.labels["app.kubernetes.io/name"]',
  });
  const refused = await cluster.ends(5, 'apply --yes');
  assert.match(refused.stdout + refused.stderr, /targetPort: 9999 -> 8082.*held by stranger/);
  await cluster.ends(0, 'apply --yes --force-conflicts');
  assert.deepEqual(await cluster.changes(), none);
});

test('replicas go from a range to a number and back, and never to their default', async () => {
  const path = `${apps}/deployments/worker`;
  const told = async (): Promise<unknown> => (await find(path))?.spec['replicas'];
  write('3');
  const { 'kubernetes.pod-monitoring/web': _, ...back } = await cluster.changes();
  assert.deepEqual(Object.keys(back).toSorted(), ['kubernetes.autoscaler/worker', 'kubernetes.deployment/worker']);
  await cluster.ends(0, 'apply --yes');
  assert.deepEqual([await told(), await cluster.changes()], [3, none]);
  write('{ min: 2, max: 4 }');
  const { stdout } = await cluster.hello('plan --json');
  const change = (JSON.parse(stdout) as Plan).changes.find(({ id }) => id === 'kubernetes.deployment/worker');
  assert.ok(change && 'fields' in change);
  assert.deepEqual(
    change.fields.map((field) => [field.path, field.before]),
    [['spec.replicas', 3]],
  );
  await cluster.ends(0, 'apply --yes');
  // The default would be one; an autoscaler has nothing to go by here.
  assert.ok([2, 3, 4].includes(Number(await told())), String(await told()));
  assert.deepEqual(await cluster.changes(), none);
});

test('a job is made, and one of its name with another template is replaced', async () => {
  write('{ min: 2, max: 4 }', `  once: { image: '${pause}', command: ${cluster.ended} }\n`);
  await cluster.ends(0, 'apply --yes');
  assert.deepEqual(await cluster.changes(), none);
  const jobs = ((await find(`${batch}/jobs`))?.['items'] ?? []) as unknown as readonly Live[];
  const [job] = jobs.filter(({ metadata }) => metadata.name.startsWith('once-'));
  assert.ok(job);
  const path = `${batch}/jobs/${job.metadata.name}`;
  await cluster.kube('DELETE', `${path}?propagationPolicy=Background`);
  while (await find(path)) await new Promise((done) => setTimeout(done, 100));
  const { name, labels } = job.metadata;
  const { selector: _, template, ...spec } = job.spec;
  const pod = { ...(template as Live).spec, terminationGracePeriodSeconds: 7 };
  const body = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, labels },
    spec: { ...spec, template: { spec: pod } },
  };
  const remade = (await cluster.kube('POST', `${batch}/jobs`, body)) as unknown as Live;
  assert.match(
    (await cluster.changes('--force-conflicts'))[`kubernetes.job/${name}`] ?? '',
    /^replace .*spec\.template/,
  );
  await cluster.ends(0, 'apply --yes --force-conflicts');
  assert.notEqual((await find(path))?.metadata.uid, remade.metadata.uid);
  assert.deepEqual(await cluster.changes(), none);
});

test('the namespace takes no pod that is not restricted', async () => {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'root' },
    spec: {
      serviceAccountName: cluster.namespace,
      containers: [{ name: 'app', image: pause, securityContext: { privileged: true } }],
    },
  };
  await assert.rejects(cluster.kube('POST', `${core}/pods?dryRun=All`, pod), /403.*violates PodSecurity .*restricted/);
});

const found = kubectls();

test(
  'kubectl lists the set of the app, and leaves it alone',
  { skip: found.length === 0 && 'kubectl is not on PATH' },
  async () => {
    const { env, flags } = cluster.kubectl;
    const run = async (binary: string, ...args: string[]): Promise<string> =>
      new Promise((done) => {
        const options = { env: { ...process.env, ...env, KUBECTL_APPLYSET: 'true' } };
        execFile(binary, [...flags, ...args], options, (_error, out, err) => done(out + err));
      });
    const parent = await find(`${core}/configmaps/hello.apply-set`);
    assert.ok(parent);
    const id = String((parent.metadata['labels'] as Json)['applyset.kubernetes.io/id']);
    for (const binary of found) {
      const types = 'deployments,services,configmaps,cronjobs,horizontalpodautoscalers,poddisruptionbudgets';
      // oxlint-disable no-await-in-loop -- one after the other spares the machine
      const members = await run(binary, 'get', types, '-l', `applyset.kubernetes.io/part-of=${id}`, '-o', 'name');
      assert.deepEqual(members.trim().split('\n').toSorted(), [
        'configmap/web',
        'cronjob.batch/nightly',
        'deployment.apps/web',
        'deployment.apps/worker',
        'horizontalpodautoscaler.autoscaling/worker',
        'poddisruptionbudget.policy/worker',
        'service/web',
        'service/web-internal',
        'service/web-vpc',
      ]);
      const set = ['--prune', '--applyset=configmap/hello.apply-set', '-f', cluster.manifest(theirs)];
      assert.match(await run(binary, 'apply', ...set), /managed by tooling "hello" instead of "kubectl"/);
      // oxlint-enable no-await-in-loop
    }
  },
);

const theirs = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'theirs', namespace: cluster.namespace } };

test('everything goes with a destroy, and no pod runs on', async () => {
  await cluster.ends(0, 'destroy --yes');
  assert.equal(await find(`/api/v1/namespaces/${cluster.namespace}`), undefined);
});
