import type { protos as container } from '@google-cloud/container';
import type { protos as sql } from '@google-cloud/sql';
import type { CloudError } from '../base/errors.ts';
import type { Host } from '../base/host.ts';

/** A long-running operation of any API. Asking is one request; waiting is the engine's. */
export interface Operation {
  /** The service's own name for it. */
  readonly name: string;
  poll(): Promise<OperationStatus>;
}

/** What one look at an operation told. `progress` is for people. */
export type OperationStatus =
  | { readonly done: false; readonly progress?: string }
  | { readonly done: true; readonly error?: CloudError };

type ContainerV1 = typeof container.google.container.v1;
/** A GKE cluster as the client answers it: every field is there. */
export type Cluster = InstanceType<ContainerV1['Cluster']>;
/** A GKE cluster as it is sent: only what is set. */
export type ClusterBody = container.google.container.v1.ICluster;
/** What can be changed of a GKE cluster, one field a request. */
export type ClusterUpdate = container.google.container.v1.IClusterUpdate;
/** A Cloud SQL instance (https://cloud.google.com/sql/docs/postgres/admin-api/rest/v1/instances). */
export type SqlInstance = sql.google.cloud.sql.v1.IDatabaseInstance;
/** A database in a Cloud SQL instance. */
export type SqlDatabase = sql.google.cloud.sql.v1.IDatabase;
/** A user of a Cloud SQL instance. The API never answers with the password. */
export type SqlUser = sql.google.cloud.sql.v1.IUser;

/** GKE. Names are full: `projects/P/locations/R/clusters/C`. Everything throws {@link CloudError}. */
export interface ContainerApi {
  getCluster(name: string): Promise<ClusterBody>;
  /** In all locations of the project. */
  listClusters(project: string): Promise<readonly ClusterBody[]>;
  createCluster(parent: string, cluster: ClusterBody): Promise<Operation>;
  updateCluster(name: string, update: ClusterUpdate): Promise<Operation>;
  setLabels(name: string, labels: Record<string, string>, labelFingerprint: string): Promise<Operation>;
  deleteCluster(name: string): Promise<Operation>;
  /** The operation that runs on the cluster now, whoever started it. */
  runningOperation(name: string): Promise<Operation | undefined>;
}

/** Cloud SQL. */
export interface SqlApi {
  getInstance(project: string, instance: string): Promise<SqlInstance>;
  listInstances(project: string): Promise<readonly SqlInstance[]>;
  insertInstance(project: string, body: SqlInstance): Promise<Operation>;
  patchInstance(project: string, instance: string, body: SqlInstance): Promise<Operation>;
  deleteInstance(project: string, instance: string): Promise<Operation>;
  getDatabase(project: string, instance: string, database: string): Promise<SqlDatabase>;
  insertDatabase(project: string, instance: string, body: SqlDatabase): Promise<Operation>;
  deleteDatabase(project: string, instance: string, database: string): Promise<Operation>;
  listUsers(project: string, instance: string): Promise<readonly SqlUser[]>;
  insertUser(project: string, instance: string, body: SqlUser): Promise<Operation>;
  updateUser(project: string, instance: string, name: string, body: SqlUser): Promise<Operation>;
  deleteUser(project: string, instance: string, name: string): Promise<Operation>;
  runningOperation(project: string, instance: string): Promise<Operation | undefined>;
}

/** The Google APIs that are spoken to without a client library, by the first label of their host. */
export type RestService = 'serviceusage' | 'iam' | 'cloudresourcemanager' | 'compute' | 'servicenetworking';

/** One request to an API that has no client of its own here. */
export interface RestRequest {
  readonly service: RestService;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With the version, without the host: `/v1/projects/p/serviceAccounts`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: unknown;
  /** A POST that only reads (getIamPolicy) may be repeated like a GET. */
  readonly reads?: true;
}

/** The part of an operation that `rest` answers with, in the two shapes that there are. */
export interface RestOperation {
  readonly name?: string;
  readonly done?: boolean; // google.longrunning
  readonly status?: string; // compute
  readonly error?: {
    readonly code?: number;
    readonly message?: string;
    readonly errors?: readonly { readonly code?: string; readonly message?: string }[];
  };
}

/** All of Google Cloud that a kind may ask. The clients are loaded when first asked for. */
export interface GoogleApi {
  container(): Promise<ContainerApi>;
  sql(): Promise<SqlApi>;
  rest<T>(request: RestRequest): Promise<T>;
  /** Makes the answer of a `rest` call that started an operation waitable; `pollPath` reads it again. */
  operation(service: RestService, answer: RestOperation, pollPath: string): Operation;
}

/** The metadata of a Kubernetes object, as far as anything here looks at it. */
export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly deletionTimestamp?: string;
  readonly finalizers?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly managedFields?: readonly ManagedFields[];
  readonly ownerReferences?: readonly { readonly uid: string; readonly kind: string; readonly name: string }[];
}

/** Which fields one field manager holds; `fieldsV1` is a tree of field names without values. */
export interface ManagedFields {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly subresource?: string;
  readonly fieldsV1?: Readonly<Record<string, unknown>>;
}

/** A Kubernetes object as the API speaks it: plain JSON, never a generated model (they drop fields). */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly spec?: unknown;
  readonly data?: Readonly<Record<string, string>>;
  readonly status?: unknown;
}

/** Which resource of the Kubernetes API: what a URL is made of. */
export interface KubeType {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

/** One cluster. Everything throws {@link CloudError}. */
export interface KubernetesApi {
  /** Undefined when there is no such object. Within one survey, reads of one kind share one LIST. */
  find(type: KubeType, name: string, namespace?: string): Promise<KubeObject | undefined>;
  list(
    type: KubeType,
    query: { readonly namespace?: string; readonly labelSelector?: string; readonly fieldSelector?: string },
  ): Promise<readonly KubeObject[]>;
  /** Whether the cluster has this type: a custom one comes with its definition. */
  serves(type: KubeType): Promise<boolean>;
  /** Server-side apply, with our field manager if no other is named; what it does not hold yet may be a part. A dry run writes nothing. */
  apply(
    type: KubeType,
    object: KubeObject,
    how: { readonly dryRun?: boolean; readonly force?: boolean; readonly manager?: string },
  ): Promise<KubeObject>;
  /** Makes the object, or fails with `exists`: of many who do so at once, one succeeds. */
  create(type: KubeType, object: KubeObject): Promise<KubeObject>;
  /** Deletes exactly this object: the uid is a precondition. Resolves when the API has accepted it. */
  remove(type: KubeType, object: KubeObject): Promise<void>;
  /** The object now, and again whenever it changes; ends when the signal aborts. */
  watch(type: KubeType, name: string, namespace: string, signal: AbortSignal): AsyncIterable<KubeObject>;
  /** The last lines that a container wrote; of its previous run if asked. */
  logs(
    namespace: string,
    pod: string,
    container: string,
    how: { readonly tailLines: number; readonly previous?: boolean },
  ): Promise<string>;
}

/** What a kind may ask of the world. */
export interface Ctx {
  readonly app: string;
  readonly project: string;
  readonly host: Host;
  readonly signal: AbortSignal;
  readonly google: GoogleApi;
  /** Whether the app has anything of Google's: one that has not never calls Google, and needs no credentials for it. */
  readonly usesGoogle: boolean;
  /** The app's cluster; undefined while it is not there or not up. */
  kubernetes(): Promise<KubernetesApi | undefined>;
  /** Shares one read among the kinds that need it, within one look at the world. */
  once<T>(key: string, read: () => Promise<T>): Promise<T>;
  /** Lives as long as the run, in memory alone: the place for a password between its making and its recording. */
  readonly memory: Map<string, string>;
  /** Whether everything is looked at, to make a plan, or one thing that is about to be changed. */
  readonly how: 'survey' | 'close';
  /** `apply` may take over fields that other managers hold. */
  readonly forceConflicts: boolean;
}

/**
 * Opens the world for one look at it: what is read through one `Ctx` is read once. A `survey` looks at everything and
 * reads in lists; a `close` look is at one resource and reads it alone.
 */
export type Look = (how: 'survey' | 'close') => Ctx;
