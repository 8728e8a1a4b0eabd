import { problem, type Diagnostic } from './base/diagnostic.ts';
import { hasChanges, type Plan } from './model/change.ts';
import type { Spec } from './spec/spec.ts';

/** The protected stage that the spec is for, unless it is the one that the user named. */
export function guardedStage(spec: Spec, allowed: string | undefined): string | undefined {
  return spec.stage?.protected && spec.stage.name !== allowed ? spec.stage.name : undefined;
}

/** Why a plan may not be carried out in a guarded stage: it would destroy it. Lost data the plan itself refuses. */
export function refusedByStage(stage: string | undefined, plan: Plan): Diagnostic | undefined {
  if (stage === undefined || plan.mode !== 'destroy' || !hasChanges(plan)) return undefined;
  return problem('HELLO5006', `the stage \`${stage}\` is protected, and would be destroyed`, {
    fix: `to destroy it, name it: --allow-protected ${stage}`,
  });
}
