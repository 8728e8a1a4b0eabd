import { join } from 'node:path';
import type { Io } from './io.ts';

/** A port of a load balancer. */
export interface Entrance {
  readonly namespace: string;
  readonly service: string;
  readonly host: string;
  readonly port: number;
}

/** The cloud that a command talks to. Google Cloud and the local one differ in endpoints and credentials, and nowhere else. */
export interface Target {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where people reach a port of a load balancer. */
  publicUrl(entrance: Entrance): Promise<string>;
  /** Makes an image that is built from a folder runnable there; says so where that is the user's job. */
  pushImage(image: string, folder: string): Promise<void>;
  /** On the local cloud every project that a config names exists. */
  knowProject(project: string): Promise<void>;
  /** Aborts when the cloud is gone for good while it is used; its reason is a Refusal. Google Cloud has none. */
  readonly gone?: AbortSignal;
}

/** The local cloud of a project lives in its folder. */
export function localFolder(folder: string, env: Io['env']): string {
  return env['HELLO_LOCAL_DIR'] ?? join(folder, '.hello', 'local');
}
