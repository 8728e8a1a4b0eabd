import { digest } from '../../base/digest.ts';
import { commandLine, searchPath } from './command-line.ts';
import type { RunLog } from './container-logs.ts';
import { BACKOFF, pause, type ContainerLife } from './container-state.ts';
import type { Image } from './dockerfile.ts';
import { isImageReference } from './image-reference.ts';
import { launch, type Running } from './launch.ts';
import { ConfigError, containerEnv } from './pod-env.ts';
import { hostPort } from './pod-ports.ts';
import { nameOf, type ContainerSpec } from './pod-types.ts';
import type { PodWorld } from './pod-world.ts';
import { runSqlProxy } from './sql-proxy.ts';
import { isSqlProxy } from './sql-proxy-flags.ts';
import { tempFolder } from './temp-folder.ts';

/** Waits for what a container needs: its image, then its Secrets and ConfigMaps. Undefined when stopped before. */
export async function prepare(
  world: PodWorld,
  spec: ContainerSpec,
  me: ContainerLife,
  stopping: AbortSignal,
): Promise<(() => Running) | undefined> {
  let attempts = 0;
  while (!stopping.aborted) {
    const image = isSqlProxy(spec.image) ? proxyImage(world, spec) : world.images.find(spec.image);
    const changed = world.nextChange(stopping);
    try {
      if (!isImageReference(spec.image)) {
        invalidName(world, spec, me, attempts);
      } else if (image) {
        if (attempts === 0)
          world.event('Normal', 'Pulled', `Container image "${spec.image}" already present on machine`, spec.name);
        return launcher(world, spec, me, image);
      } else imageMissing(world, spec, me, attempts);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      me.state = { waiting: { reason: 'CreateContainerConfigError', message: error.message } };
      if (attempts === 0) world.event('Warning', 'Failed', `Error: ${error.message}`, spec.name);
    }
    attempts++;
    world.changed();
    // What is missing may come at any moment; the pull itself is tried again like a crashed container.
    await Promise.race([changed, pause(world.clock.scaled(BACKOFF.firstSeconds), stopping)]);
    if (attempts > 1) await Promise.race([changed, pause(world.clock.scaled(BACKOFF.maxSeconds), stopping)]);
  }
  return undefined;
}

function invalidName(world: PodWorld, spec: ContainerSpec, me: ContainerLife, attempts: number): void {
  const message = `Failed to apply default image tag "${spec.image}": couldn't parse image name "${spec.image}": invalid reference format`;
  me.state = { waiting: { reason: 'InvalidImageName', message } };
  if (attempts > 0) return;
  world.event('Warning', 'InspectFailed', message, spec.name);
  world.event('Warning', 'Failed', 'Error: InvalidImageName', spec.name);
}

function imageMissing(world: PodWorld, spec: ContainerSpec, me: ContainerLife, attempts: number): void {
  const why =
    `failed to pull and unpack image "${spec.image}": not found: the local cloud pulls no images, it runs an app from its source folder. ` +
    'Say in hello.config.yaml where the Dockerfile of this image is (app.build), and apply again';
  if (attempts === 0) {
    world.event('Normal', 'Pulling', `Pulling image "${spec.image}"`, spec.name);
    world.event('Warning', 'Failed', `Failed to pull image "${spec.image}": ${why}`, spec.name);
    world.event('Warning', 'Failed', 'Error: ErrImagePull', spec.name);
    me.state = { waiting: { reason: 'ErrImagePull', message: why } };
    return;
  }
  if (attempts === 1) {
    world.event('Normal', 'BackOff', `Back-off pulling image "${spec.image}"`, spec.name);
    world.event('Warning', 'Failed', 'Error: ImagePullBackOff', spec.name);
  }
  me.state = {
    waiting: { reason: 'ImagePullBackOff', message: `Back-off pulling image "${spec.image}": ErrImagePull: ${why}` },
  };
}

function proxyImage(world: PodWorld, spec: ContainerSpec): Image {
  const config = {
    workdir: '/',
    env: {},
    entrypoint: ['/cloud-sql-proxy'],
    command: [],
    nodeByDefault: false,
    ports: [],
  };
  return { ...config, source: world.folder, id: `sha256:${digest(spec.image)}` };
}

/** Reads the environment now, so that what is missing is said before anything starts. */
function launcher(world: PodWorld, spec: ContainerSpec, me: ContainerLife, image: Image): () => Running {
  const env = containerEnv({
    objects: world.objects,
    pod: world.pod(),
    container: spec,
    ports: world.ports,
    imageEnv: image.env,
  });
  const line = commandLine(image, spec, (text) => env.expand(text));
  const temp = tempFolder(world.folder, world.pod(), spec);
  const values = { PATH: searchPath(), ...(temp !== undefined && { TMPDIR: temp }), ...env.values };
  const all = [...world.pod().spec.containers, ...(world.pod().spec.initContainers ?? [])];
  me.imageID = `${spec.image.split('@')[0]}@${image.id}`;
  me.target = { cwd: line.cwd, env: values, port: (port) => hostPort(world.ports, [spec, ...all], port) };
  return () => {
    const log = world.logs.open(spec.name, me.restartCount);
    const running = isSqlProxy(spec.image)
      ? runSqlProxy({ ...world.proxy, args: line.args, env: env.values, ports: world.ports, log })
      : launch({
          line,
          env: values,
          log,
          what: `pod ${nameOf(world.pod())} container ${spec.name}`,
          processes: world.processes,
        });
    closeAfter(running, log);
    return running;
  };
}

function closeAfter(running: Running, log: RunLog): void {
  void running.exited.finally(() => log.close());
}
