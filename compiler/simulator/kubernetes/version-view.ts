import type { KubeObject } from '../parts.ts';
import type { Draft } from './json-object.ts';

/** One version of a kind whose objects are kept in another. */
export interface VersionView {
  /** An object as this version has it. */
  readonly show: (object: KubeObject) => Draft;
  /** What this version's body means in the version that is kept; what it cannot say stays as it is. */
  readonly store: (body: Readonly<Draft>, live: KubeObject | undefined) => Draft;
}
