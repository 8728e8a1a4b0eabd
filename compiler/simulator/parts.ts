import type { Readable, Writable } from 'node:stream';

/**
 * The seams between the parts of the local cloud. Each part is made by its own folder; `local-cloud.ts` joins them.
 * google/ serves the Google APIs, kubernetes/ one API server for each cluster, sql/ the PostgreSQL servers,
 * workloads/ is the node: it runs pods as processes and serves load balancers.
 */

/** The clusters that GKE hands out. `id` is the full name, `projects/P/locations/R/clusters/C`. */
export interface Clusters {
  /** Starts (or finds) the API server of a cluster. `endpoint` is `host:port` without a scheme, stable over restarts. */
  start(id: string): Promise<{ readonly endpoint: string; readonly caPem: string }>;
  /** Stops it, with all its pods and load balancers, and forgets its objects. */
  remove(id: string): Promise<void>;
}

/** The real PostgreSQL servers behind Cloud SQL. `id` is the connection name, `P:R:I`. */
export interface SqlServers {
  /** Starts (or finds) the server of an instance, making its data folder on the first call. */
  start(id: string): Promise<void>;
  /** Stops the server and removes its data. */
  remove(id: string): Promise<void>;
  /** Where clients connect; undefined while it is not running. */
  address(id: string): { readonly host: string; readonly port: number } | undefined;
  createDatabase(id: string, name: string): Promise<void>;
  /** Rejects with the server's message while sessions are open. */
  dropDatabase(id: string, name: string): Promise<void>;
  /** Makes the role or sets its password; a Cloud SQL user is a member of `cloudsqlsuperuser`. */
  setUser(id: string, name: string, password: string | undefined): Promise<void>;
  /** Rejects with the server's message while the role owns something. */
  dropUser(id: string, name: string): Promise<void>;
}

/** What a workload may do, as IAM of the local cloud sees it. */
export interface Identities {
  /**
   * Why the pod's Kubernetes service account, acting through workload identity as `googleServiceAccount`, lacks `role`
   * on the project; undefined when it has it. Checks the account, its workloadIdentityUser binding and the policy.
   */
  refusal(ask: {
    readonly project: string;
    readonly namespace: string;
    readonly serviceAccount: string;
    readonly googleServiceAccount: string | undefined;
    readonly role: string;
  }): string | undefined;
}

/** A command that runs in a container. */
export interface Execution {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Its exit code (128 and the signal's number when one ended it), or why it could not be started. */
  readonly ended: Promise<{ readonly code: number } | { readonly refusal: string }>;
  /** Gives its terminal another size; without a terminal nothing happens. */
  resize(columns: number, rows: number): void;
  /** Ends it and all that it started. */
  kill(): void;
}

/** Any Kubernetes object, as JSON. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
    readonly deletionGracePeriodSeconds?: number;
    readonly [more: string]: unknown;
  };
  readonly [more: string]: unknown;
}

/** One cluster's objects from inside, for controllers and the node: every write goes through the API's own rules. */
export interface ClusterObjects {
  readonly id: string;
  get(plural: string, name: string, namespace?: string): KubeObject | undefined;
  list(plural: string, namespace?: string): readonly KubeObject[];
  create(plural: string, object: object, manager: string): KubeObject;
  /** JSON merge patch of everything but status; `undefined` when it is gone. */
  patch(
    plural: string,
    name: string,
    namespace: string | undefined,
    patch: object,
    manager: string,
  ): KubeObject | undefined;
  /** Replaces `status`; `undefined` when it is gone. An equal status is not a write. */
  setStatus(
    plural: string,
    name: string,
    namespace: string | undefined,
    status: object,
    manager: string,
  ): KubeObject | undefined;
  /** As DELETE: graceful for pods unless `graceSeconds` is 0. */
  remove(plural: string, name: string, namespace: string | undefined, how?: { readonly graceSeconds?: number }): void;
  /** `fieldPath` is the part of the object that it is about: `spec.containers{app}`. */
  event(
    about: KubeObject,
    type: 'Normal' | 'Warning',
    reason: string,
    message: string,
    component: string,
    fieldPath?: string,
  ): void;
  /** Called after each change, in order. Returns a function that ends it. */
  subscribe(listener: (plural: string, type: 'ADDED' | 'MODIFIED' | 'DELETED', object: KubeObject) => void): () => void;
}

/** What a container uses, as measured. */
export interface ContainerUsage {
  readonly name: string;
  /** CPUs that it used on average over the window. */
  readonly cpu: number;
  readonly memoryBytes: number;
  /** When it was measured last, in milliseconds since the epoch. */
  readonly atMs: number;
  readonly windowMs: number;
}

/** What the API server of a cluster asks of the node, for the `log` subresource and the like. */
export interface PodRuntime {
  /** What its running containers use; `undefined` where that is not known, or not yet of all of them. */
  usage(namespace: string, pod: string): readonly ContainerUsage[] | undefined;
  /** The lines so far; `undefined` when the container has not run. */
  logs(ask: {
    readonly namespace: string;
    readonly pod: string;
    readonly container?: string;
    readonly tailLines?: number;
    readonly previous?: boolean;
    /** Only lines from this moment on; milliseconds since the epoch. */
    readonly since?: number;
    /** Each line after the time at which it was written. */
    readonly timestamps?: boolean;
  }): string | undefined;
  /** Calls `line` for each further line until the returned function is called; `end` when the run has ended. */
  follow(
    ask: { readonly namespace: string; readonly pod: string; readonly container?: string },
    line: (text: string, time: string) => void,
    end?: () => void,
  ): () => void;
  /** Starts a command with the environment and in the folder of a running container; undefined when it does not run. */
  exec(ask: {
    readonly namespace: string;
    readonly pod: string;
    readonly container: string;
    readonly command: readonly string[];
    /** Behind a terminal, where this machine can make one. */
    readonly tty?: boolean;
  }): Execution | undefined;
  /** The port of this machine behind a port of a pod; undefined when the pod does not run. */
  hostPort(ask: { readonly namespace: string; readonly pod: string; readonly port: number }): number | undefined;
}
