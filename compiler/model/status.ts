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
  /** How many changes a plan would show now. */
  readonly changes: number;
}
