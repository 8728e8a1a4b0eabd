/**
 * hello as a library: one YAML file to a running app on Google Cloud, from your own program.
 *
 * ```ts
 * const spec = read(text, 'hello.config.yaml', process.env);
 * if (spec.ok) await apply(spec.value, { onEvent: console.log });
 * ```
 */
import { compile as compileWith, type Registry } from './engine/compile.ts';
import type { Applied } from './engine/apply.ts';
import { Refusal } from './base/errors.ts';
import { registry } from './kinds/registry.ts';
import type { Plan } from './model/change.ts';
import type { Graph } from './model/graph.ts';
import { openSession, type SessionOptions } from './session.ts';
import type { Spec } from './spec/spec.ts';

export { exitCodes, type ExitCode } from './base/exit.ts';
export {
  diagnosticCodes,
  type Diagnostic,
  type DiagnosticCode,
  type Result,
  type SourceSpan,
} from './base/diagnostic.ts';
export { CloudError, Refusal } from './base/errors.ts';
export type { Applied } from './engine/apply.ts';
export { hasChanges, type Action, type Change, type FieldChange, type Plan } from './model/change.ts';
export type { Emit, Event } from './model/event.ts';
export type { Graph } from './model/graph.ts';
export {
  defineKind,
  type Kind,
  type Observation,
  type Owner,
  type Readiness,
  type RolledBack,
  type Rule,
  type Rules,
  type Trouble,
} from './model/kind.ts';
export type { Ctx, Operation } from './model/ports.ts';
export { address, refTo, type Declaration, type Ref, type Resource, type ResourceId } from './model/resource.ts';
export type { SessionOptions } from './session.ts';
export { appliedKind, type AppliedOptions } from './kinds/kubernetes/applied.ts';
export type { Handover } from './kinds/kubernetes/handover.ts';
export type { Manifest } from './kinds/kubernetes/manifest.ts';
export { workloadLabels } from './kinds/kubernetes/labels.ts';
export { registry as kinds } from './kinds/registry.ts';
export { defineConfig } from './spec/define-config.ts';
export { diskSources } from './spec/disk-sources.ts';
export type { Origin } from './spec/layers.ts';
export { read, readConfig, stagesOf, type Config } from './spec/read.ts';
export type { ReadOptions } from './spec/reading.ts';
export type { FileAnswer, Sources } from './spec/sources.ts';
export type { Stage } from './spec/stages.ts';
export type { SpecInput } from './spec/schema.ts';
export type { Job, Port, Service, Spec, Workload } from './spec/spec.ts';

/** Every resource that the spec means, ordered by need. Pure and offline. */
export function compile(spec: Spec, kinds: Registry = registry): Graph {
  return compileWith(spec, kinds);
}

/** Compares with what is live. Writes nothing. Throws {@link Refusal} when live cannot be looked at. */
export async function plan(spec: Spec, options: SessionOptions = {}): Promise<Plan> {
  return (await openSession(spec, options).prepare('apply')).plan;
}

/** Makes live what the spec says, and waits until it is healthy. Throws {@link Refusal} for a plan that is refused. */
export async function apply(spec: Spec, options: SessionOptions = {}): Promise<Applied> {
  return carryOut(spec, 'apply', options);
}

/** Removes what apply made. Data goes only when it is named in `allowDataLoss`. */
export async function destroy(spec: Spec, options: SessionOptions = {}): Promise<Applied> {
  return carryOut(spec, 'destroy', options);
}

async function carryOut(spec: Spec, mode: 'apply' | 'destroy', options: SessionOptions): Promise<Applied> {
  const session = openSession(spec, options);
  const prepared = await session.prepare(mode);
  const refused = prepared.plan.changes.flatMap((change) => (change.action === 'refuse' ? [change.problem] : []));
  if (refused.length > 0) throw new Refusal(...refused);
  return session.apply(prepared);
}
