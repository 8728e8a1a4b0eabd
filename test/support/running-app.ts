import { resolve } from 'node:path';
import { cliWorld, type CliWorld, type Json } from './cli.ts';

const app = resolve('test/support/running-app');

/** An app with two services, a job and a database, as it runs: its config in a colour that it answers with. */
export const runningConfig = (color: string): string => `name: shop
db: {}
services:
  web:
    build: ${app}
    replicas: 2
    ports: ['80:8080']
    env: { COLOR: ${color} }
  worker:
    build: ${app}
    replicas: 1
    command: [node, worker.mjs]
    database: false
jobs:
  migrate:
    build: ${app}
    command: [node, migrate.mjs]
    database: false
`;

/** Objects of the cluster, as far as tests of a running app look at them. */
export interface Objects {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
    readonly data?: Readonly<Record<string, string>>;
  }[];
}

/** Where the ConfigMaps of the app are. */
export const configMaps = '/api/v1/namespaces/shop/configmaps';

/** A world for what is done with an app that runs; it is applied by the first test that needs it. */
export interface RunningWorld extends CliWorld {
  /** The pods of a service, in the order of their names. */
  podsOf(service: string): Promise<string[]>;
  url(): Promise<string>;
  /** What the app answers. */
  color(): Promise<string>;
  /** The status as data. */
  statusNow(): Promise<Json>;
}

/** Made once for a file of tests. */
export function runningWorld(): RunningWorld {
  const world = cliWorld(runningConfig('red'));
  const url = async (): Promise<string> => (await world.ends(0, 'open --local --print')).stdout.trim();
  return {
    ...world,
    url,
    color: async () => (await fetch(await url())).text(),
    statusNow: async () => JSON.parse((await world.ends(0, 'status --local --json')).stdout) as Json,
    async podsOf(service) {
      const pods = `/api/v1/namespaces/shop/pods?labelSelector=app.kubernetes.io/name=${service}`;
      const { items } = await world.kube<Objects>('GET', pods);
      return items.map(({ metadata }) => metadata.name).toSorted();
    },
  };
}
