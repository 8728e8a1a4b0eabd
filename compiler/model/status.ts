import type { Release } from './release.ts';
import type { ResourceId } from './resource.ts';

/** How the app is now. */
export interface Status {
  readonly app: string;
  readonly project: string;
  /** Where the load balancer is, once it has an address. */
  readonly entrance?: { readonly service: string; readonly host: string; readonly port: number };
  readonly resources: readonly { readonly address: ResourceId; readonly title: string; readonly state: string }[];
  readonly replicas: { readonly wanted: number; readonly ready: number };
  readonly services: readonly {
    readonly name: string;
    readonly wanted: number;
    readonly ready: number;
    /** What its pods are to run, as the cluster has it. */
    readonly image?: string;
    readonly problem?: string;
  }[];
  readonly pods: readonly {
    readonly name: string;
    readonly ready: boolean;
    readonly state: string;
    readonly restarts: number;
  }[];
  /** Why it is not healthy, in one line. */
  readonly problem?: string;
  readonly database?: {
    readonly instance: string;
    /** As Cloud SQL calls it: `RUNNABLE`; `absent` while it is not there. */
    readonly state: string;
    readonly version: string;
    readonly tier: string;
    readonly databases: readonly string[];
  };
  /** The newest release: the last apply, or rollback, that changed what runs. */
  readonly release?: Pick<Release, 'number' | 'at' | 'by' | 'rolled_back_to'>;
  /** How many changes a plan would show now. */
  readonly changes: number;
  /** Their addresses. */
  readonly changed: readonly ResourceId[];
  /** Live moved though the config is the one that was applied last; absent where no release tells which that was. */
  readonly drift?: boolean;
}

/** The part of it that a watch of the cluster keeps up to date. */
export type RunningStatus = Pick<Status, 'replicas' | 'services' | 'pods' | 'problem'>;
