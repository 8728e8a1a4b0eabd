import type { Diagnostic, SourceSpan } from '../base/diagnostic.ts';
import type { ExitCode } from '../base/exit.ts';
import type { Action, Change } from './change.ts';
import type { ResourceId } from './resource.ts';

/** Everything that a run tells, in order; `result` is always last. Carries no wording for people but messages. */
export type Event =
  | { readonly type: 'version'; readonly format_version: '1.0'; readonly hello: string }
  | { readonly type: 'diagnostic'; readonly diagnostic: Diagnostic }
  | { readonly type: 'planned_change'; readonly change: Change }
  | ({ readonly type: 'change_summary'; readonly hash: string } & Readonly<Record<Action, number>>)
  | { readonly type: 'step_start'; readonly address: ResourceId; readonly action: Action; readonly title: string }
  | {
      readonly type: 'step_progress';
      readonly address: ResourceId;
      readonly message: string;
      readonly elapsed_ms: number;
    }
  | { readonly type: 'step_reattached'; readonly address: ResourceId; readonly message: string }
  | {
      readonly type: 'step_complete';
      readonly address: ResourceId;
      readonly action: Action;
      readonly elapsed_ms: number;
    }
  | {
      readonly type: 'step_failed';
      readonly address: ResourceId;
      readonly diagnostic: Diagnostic;
      readonly elapsed_ms: number;
    }
  | { readonly type: 'step_skipped'; readonly address: ResourceId; readonly because: ResourceId }
  /** Why something is not healthy, while it is waited for; `key` is the key of the config to look at, `at` its place. */
  | {
      readonly type: 'health';
      readonly address: ResourceId;
      readonly message: string;
      readonly key?: string;
      readonly at?: SourceSpan;
    }
  /** After a failure, the release before it was put back, or could not be. */
  | { readonly type: 'rollback'; readonly address: ResourceId; readonly done: boolean; readonly message: string }
  | { readonly type: 'outputs'; readonly outputs: Readonly<Record<string, string>> }
  | { readonly type: 'result'; readonly exit_code: ExitCode };

/** Takes each event as it happens. Must not throw. */
export type Emit = (event: Event) => void;
