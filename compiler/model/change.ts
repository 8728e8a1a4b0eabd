import type { Diagnostic } from '../base/diagnostic.ts';
import type { Json } from '../base/json.ts';
import type { ResourceId } from './resource.ts';

/** One field that differs. `before` is live, `after` is wanted; both are `(secret)` for a secret. */
export interface FieldChange {
  readonly path: string;
  readonly before?: Json;
  readonly after?: Json;
  readonly forces: 'update' | 'replace';
  readonly secret?: true;
  /** It stays as it is, and is told beside others of a secret thing that change. */
  readonly same?: true;
  /** The other field manager that holds it now. */
  readonly heldBy?: string;
}

interface ChangeBase {
  readonly id: ResourceId;
  readonly kind: string;
  readonly title: string;
  /** What a removal would lose, for kinds that hold data. */
  readonly losesData?: string;
}

/**
 * | action  | live                  | what is done                     |
 * | noop    | as wanted             | nothing                          |
 * | create  | absent                | create                           |
 * | update  | ours, differs         | change in place                  |
 * | adopt   | nobody's              | take over, and change            |
 * | replace | ours, immutable field | delete, then create              |
 * | delete  | ours, not declared    | delete                           |
 * | keep    | ours or shared        | nothing, though the run destroys |
 * | keep    | cannot be there       | nothing, and the app works without it |
 * | refuse  | anything              | nothing; the plan cannot be applied |
 */
export type Change = ChangeBase &
  (
    | { readonly action: 'noop' }
    | {
        readonly action: 'create';
        readonly because: 'missing' | 'parent-pending';
        readonly fields: readonly FieldChange[];
      }
    | { readonly action: 'update' | 'adopt' | 'replace'; readonly fields: readonly FieldChange[] }
    | { readonly action: 'delete'; readonly because: 'undeclared' | 'destroy' }
    /** `missing`: it is not there, and nothing is made. */
    | { readonly action: 'keep'; readonly why: string; readonly missing?: true }
    | { readonly action: 'refuse'; readonly problem: Diagnostic; readonly fields: readonly FieldChange[] }
  );

/** What is done with a resource. */
export type Action = Change['action'];

/** What a run would do, in the order of its doing. Pure data, without secrets. */
export interface Plan {
  readonly format_version: '1.0';
  readonly mode: 'apply' | 'destroy';
  readonly project: string;
  readonly app: string;
  readonly changes: readonly Change[];
  /** SHA-256 over the changes: the same spec and the same live give the same hash. */
  readonly hash: string;
}

/** All actions, in the order of a summary. */
export const actions = [
  'create',
  'adopt',
  'update',
  'replace',
  'delete',
  'keep',
  'refuse',
  'noop',
] as const satisfies readonly Action[];

/** How many changes there are of each action; none is 0, not absent. */
export function countActions(changes: readonly Change[]): Record<Action, number> {
  const counts = Object.fromEntries(actions.map((action) => [action, 0])) as Record<Action, number>;
  for (const change of changes) counts[change.action] += 1;
  return counts;
}

/** Whether carrying the plan out would write anything. */
export function hasChanges(plan: Plan): boolean {
  return plan.changes.some((change) => change.action !== 'noop' && change.action !== 'keep');
}
