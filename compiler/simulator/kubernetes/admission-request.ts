import type { KubeObject } from '../parts.ts';

/** What admission may know about the request. */
export interface Admission {
  readonly live: KubeObject | undefined;
  readonly dryRun: boolean;
  readonly warn: (text: string) => void;
}
