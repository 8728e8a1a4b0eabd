import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { until } from './cluster.ts';
import { each, prepare, running, web } from './kubectl-world.ts';

/** What users of a cluster do all day, with a real kubectl, against pods that really run. */
for (const { binary, name, options } of each) {
  test(`${name} rolls out, undoes, pauses, restarts, scales and waits`, options, async (t) => {
    const world = await prepare(t, binary);
    const { ok, run, file } = world;
    await running(world);
    assert.match(await ok('rollout', 'status', 'deploy/web'), /deployment "web" successfully rolled out/);
    await ok('set', 'env', 'deploy/web', 'WHERE=the market');
    await ok('rollout', 'status', 'deploy/web', '--timeout=50s');
    assert.match(await ok('rollout', 'history', 'deploy/web'), /REVISION +CHANGE-CAUSE\n1 +<none>\n2 +<none>/);
    assert.match(await ok('rollout', 'history', 'deploy/web', '--revision=1'), /WHERE:\tthe shop/);
    assert.match(await ok('rollout', 'undo', 'deploy/web'), /deployment\.apps\/web rolled back/);
    await ok('rollout', 'status', 'deploy/web', '--timeout=50s');
    assert.equal(
      await ok('get', 'deploy', 'web', '-o', 'jsonpath={.spec.template.spec.containers[0].env[1].value}'),
      'the shop',
    );
    assert.match(await ok('rollout', 'pause', 'deploy/web'), /paused/);
    assert.match((await run('rollout', 'restart', 'deploy/web')).err, /can't restart paused deployment/);
    assert.match(await ok('rollout', 'resume', 'deploy/web'), /resumed/);
    assert.match(await ok('rollout', 'restart', 'deploy/web'), /restarted/);
    await ok('rollout', 'status', 'deploy/web', '--timeout=50s');
    assert.match(await ok('scale', 'deploy/web', '--replicas=3'), /deployment\.apps\/web scaled/);
    assert.match(
      (await run('scale', 'deploy/web', '--current-replicas=9', '--replicas=1')).err,
      /Expected replicas to be 9, was 3/,
    );
    assert.match(
      await ok('wait', 'deploy/web', '--for=jsonpath={.status.readyReplicas}=3', '--timeout=50s'),
      /condition met/,
    );
    assert.match(
      await ok('wait', 'pods', '-l', 'app=web', '--for=condition=Ready', '--timeout=50s'),
      /(pod\/web-\S+ condition met\n){3}/,
    );
    assert.match(
      (await run('wait', 'deploy/web', '--for=condition=Nonsense', '--timeout=1s')).err,
      /timed out waiting for the condition/,
    );
    const bad = await file('bad', web(['echo'], { selector: { matchLabels: { app: 'other' } } }));
    assert.match(
      (await run('apply', '--server-side', '--force-conflicts', '-f', bad)).err,
      /`selector` does not match template `labels`|field is immutable/,
    );
  });

  test(`${name} deletes in the background, in the foreground, and leaves orphans when told`, options, async (t) => {
    const world = await prepare(t, binary);
    const { ok, run } = world;
    await running(world);
    const seen = world.background('get', 'pods', '-w', '--output-watch-events', '--no-headers');
    await until('the watch has begun', () => /ADDED/.test(seen()));
    assert.match(await ok('delete', 'deploy', 'web', '--cascade=orphan'), /deployment\.apps "web" deleted/);
    assert.match(await ok('get', 'rs', '-o', 'name'), /^replicaset\.apps\/web-\w+\n$/);
    assert.equal(await ok('get', 'rs', '-o', 'jsonpath={.items[0].metadata.ownerReferences}'), '');
    await running(world);
    assert.match(await ok('get', 'rs', '-o', 'jsonpath={.items[*].metadata.ownerReferences[0].name}'), /^web$/);
    await ok('delete', 'deploy', 'web', '--cascade=foreground', '--timeout=50s');
    assert.equal(await ok('get', 'rs', '-o', 'name'), '');
    await until('the watch tells of the end', () => (seen().match(/DELETED/g) ?? []).length === 2);
    await running(world);
    await ok('delete', 'deploy', 'web', '--cascade=background', '--wait=false');
    await ok('wait', 'pods', '-l', 'app=web', '--for=delete', '--timeout=50s');
    assert.equal(await ok('delete', 'deploy', 'web', '--ignore-not-found'), '');
    assert.match((await run('delete', 'deploy', 'web')).err, /NotFound/);
    assert.match(await ok('delete', 'svc', '--all'), /service "(kubernetes|web)" deleted/);
  });

  test(
    `${name} reads logs: whole, the last lines, of before, since, with times, of many, and as they come`,
    options,
    async (t) => {
      const world = await prepare(t, binary);
      const { ok, run } = world;
      await running(world);
      assert.match(await ok('logs', 'deploy/web'), /echo in the shop\n$/);
      assert.equal(await ok('logs', '-l', 'app=web', '--tail=1'), 'echo in the shop\necho in the shop\n');
      assert.match(await ok('logs', '-l', 'app=web', '--prefix'), /(\[pod\/web-\S+\/app\] echo in the shop\n){2}/);
      assert.match(
        await ok('logs', 'deploy/web', '--timestamps'),
        /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z echo in the shop\n$/m,
      );
      assert.equal(await ok('logs', 'deploy/web', '--limit-bytes=4'), 'echo');
      assert.match(await ok('logs', 'deploy/web', '--since=1h'), /echo in the shop/);
      assert.equal(await ok('logs', 'deploy/web', '--since-time=2100-01-01T00:00:00Z'), '');
      assert.match((await run('logs', 'deploy/web', '-c', 'nobody')).err, /container nobody is not valid for pod web-/);
      assert.match(
        (await run('logs', 'deploy/web', '--previous')).err,
        /previous terminated container "app" in pod "web-\S+" not found/,
      );
      const follow = world.background('logs', '-f', '-l', 'app=web');
      await until('it has what there is', () => (follow().match(/echo in the shop/g) ?? []).length === 2);
      const crash = JSON.parse(JSON.stringify(web(['fail'])).replaceAll('"web"', '"crash"'));
      await ok('apply', '-f', await world.file('crash', crash));
      await until('it has crashed twice', async () => {
        const { out } = await run('get', 'pods', '--no-headers');
        return /CrashLoopBackOff +[1-9]/.test(out);
      });
      assert.match(await ok('logs', 'deploy/crash', '--previous'), /fail in the shop/);
    },
  );

  test(`${name} runs commands in a pod, and reaches its port`, options, async (t) => {
    const world = await prepare(t, binary);
    await running(world);
    assert.equal(await world.ok('exec', 'deploy/web', '--', 'sh', '-c', 'echo $WHERE'), 'the shop\n');
    assert.equal((await world.run('exec', 'deploy/web', '--', 'sh', '-c', 'exit 7')).code, 7);
    assert.match(
      (await world.run('exec', 'deploy/web', '-c', 'nobody', '--', 'ls')).err,
      /container nobody is not valid for pod|container not found \("nobody"\)/,
    );
    const cat = spawn(binary, ['exec', '-i', 'deploy/web', '--', 'cat'], { env: world.env });
    cat.stdin.end('through and back');
    assert.equal(await text(cat.stdout), 'through and back');
    const told = world.background('port-forward', 'deploy/web', ':8080');
    const port = await until('it listens', () => /127\.0\.0\.1:(\d+) -> 8080/.exec(told())?.[1]);
    for (const words of ['hello', 'x'.repeat(200_000)]) {
      const socket = connect(Number(port), '127.0.0.1');
      let echo = '';
      socket.on('data', (chunk: Buffer) => (echo += chunk.toString()));
      socket.write(words);
      await until('it echoes', () => echo === words);
      socket.end();
      await once(socket, 'close');
    }
  });
}
