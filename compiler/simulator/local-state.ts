import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startOf } from './processes.ts';

/** `local.json`: how to reach a local cloud that runs. Only its owner can read it. */
export interface LocalState {
  readonly version: string;
  readonly pid: number;
  /** When the system says that the process started, to tell it from a later one of the same pid. */
  readonly started: string;
  readonly url: string;
  readonly token: string;
  readonly project: string;
  readonly speed: number;
  /** RFC 3339. */
  readonly startedAt: string;
}

/** What `GET /_local/status` answers. */
export interface LocalStatus {
  readonly version: string;
  readonly pid: number;
  readonly url: string;
  readonly project: string;
  readonly speed: number;
  readonly startedAt: string;
  readonly clusters: readonly {
    readonly id: string;
    readonly endpoint: string;
    readonly context: string;
    readonly pods: readonly {
      readonly pod: string;
      readonly phase: string;
      readonly ports: Readonly<Record<string, number>>;
    }[];
  }[];
  readonly sql: readonly { readonly id: string; readonly port: number }[];
  /** Load balancers: where each port of each Service can be reached on this machine. */
  readonly publicPorts: readonly {
    readonly cluster: string;
    readonly namespace: string;
    readonly service: string;
    readonly port: number;
    readonly hostPort: number;
  }[];
  /** Processes that belong to it. */
  readonly processes: readonly { readonly pid: number; readonly what: string }[];
}

/** The files of a local cloud. */
export const FILES = {
  state: 'local.json',
  journal: 'journal',
  kubeconfig: 'kubeconfig',
  token: 'token',
  log: 'daemon.log',
  lock: 'daemon.lock',
} as const;

/** The state of a local cloud that is alive, by what the system says of its process; undefined when there is none. */
export function readLocalState(dir: string): LocalState | undefined {
  try {
    const state = JSON.parse(readFileSync(join(dir, FILES.state), 'utf8')) as LocalState;
    return startOf(state.pid) === state.started ? state : undefined;
  } catch {
    return undefined; // never started, or a file that an older version or a full disk left
  }
}
