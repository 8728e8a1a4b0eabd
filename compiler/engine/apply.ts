import pLimit from 'p-limit';
import { exitOf, problem, type Diagnostic } from '../base/diagnostic.ts';
import { CloudError, Refusal } from '../base/errors.ts';
import type { ExitCode } from '../base/exit.ts';
import type { Change } from '../model/change.ts';
import { dependentsOf } from '../model/graph.ts';
import { resolve, type Resource, type ResourceId } from '../model/resource.ts';
import { kindOf } from './compile.ts';
import { converge, removeFully } from './converge.ts';
import type { Outputs } from './observe.ts';
import type { Prepared } from './plan.ts';
import { inTheWay } from './prune.ts';
import { rollBack } from './roll-back.ts';
import type { Run } from './run.ts';
import type { Step } from './step.ts';

/** How a run ended. Outputs are by resource; secret ones are left out. */
export interface Applied {
  readonly exit: ExitCode;
  readonly problems: readonly Diagnostic[];
  readonly outputs: ReadonlyMap<ResourceId, Outputs>;
  /** What the cloud was still doing when the run was interrupted. */
  readonly inFlight: readonly string[];
}

/** Turns a cloud's failure into something for people. Given by the composition root, as it knows the clouds. */
export type ExplainError = (error: CloudError, resource: Resource) => Diagnostic;

/**
 * Carries out a plan as a graph: a step starts when all it needs is done, and is skipped when one of those failed;
 * what does not depend on a failure goes on. Never throws for what a cloud answers. A plan in which anything is refused
 * is not begun.
 */
export async function apply(prepared: Prepared, run: Run, explain: ExplainError): Promise<Applied> {
  const state = newState(prepared, run, explain);
  const { graph, plan, undeclared } = prepared;
  const refused = plan.changes.flatMap((change) => (change.action === 'refuse' ? [change.problem] : []));
  if (refused.length > 0) return { exit: exitOf(refused), problems: refused, outputs: new Map(), inFlight: [] };
  if (plan.mode === 'destroy') {
    await removeAll(state, [...undeclared].toReversed());
    const dependents = dependentsOf(graph);
    await everyStep(state, [...graph.resources.values()].toReversed(), (id) => dependents.get(id) ?? [], removeStep);
  } else {
    const [first, last] = inTheWay(undeclared, run.registry);
    await removeAll(state, first.toReversed());
    await everyStep(state, [...graph.resources.values()], (id) => graph.needs.get(id) ?? [], convergeStep);
    if (state.failed.size === 0) await removeAll(state, last.toReversed());
    else if (run.rollBackOnFailure && !run.signal.aborted)
      await rollBack(prepared, run, unhealthy(state), state.outputs);
  }
  return summary(state);
}

/** Those whose change was made, and did not become healthy. */
function unhealthy({ problems, changes }: State): ResourceId[] {
  const named = new Set(problems.flatMap(({ code, resource }) => (code === 'HELLO3005' && resource ? [resource] : [])));
  return [...changes.keys()].filter((id) => named.has(id));
}

interface State {
  readonly prepared: Prepared;
  readonly run: Run;
  readonly explain: ExplainError;
  readonly changes: ReadonlyMap<ResourceId, Change>;
  readonly outputs: Map<ResourceId, Outputs>;
  readonly failed: Set<ResourceId>;
  readonly problems: Diagnostic[];
  readonly inFlight: Map<ResourceId, string>;
  readonly slots: ReturnType<typeof pLimit>;
  readonly locks: Map<string, ReturnType<typeof pLimit>>;
  done: number;
}

function newState(prepared: Prepared, run: Run, explain: ExplainError): State {
  const changes = new Map(prepared.plan.changes.map((change) => [change.id, change]));
  const slots = pLimit(run.parallelism);
  return {
    prepared,
    run,
    explain,
    changes,
    outputs: new Map(),
    failed: new Set(),
    problems: [],
    inFlight: new Map(),
    slots,
    locks: new Map(),
    done: 0,
  };
}

type DoStep = (state: State, resource: Resource, change: Change) => Promise<void>;

async function everyStep(
  state: State,
  resources: readonly Resource[],
  needs: (id: ResourceId) => readonly ResourceId[],
  doStep: DoStep,
): Promise<void> {
  const started = new Map<ResourceId, Promise<void>>();
  for (const resource of resources) {
    const waits = needs(resource.id).flatMap((id) => started.get(id) ?? []);
    const turn = Promise.all(waits).then(async () => {
      const failed = needs(resource.id).find((id) => state.failed.has(id));
      if (failed) return skip(state, resource, failed);
      return takeTurn(state, resource, doStep);
    });
    started.set(resource.id, turn);
  }
  await Promise.all(started.values());
}

/** Removals outside the graph: one after the other, in the order given. */
async function removeAll(state: State, resources: readonly Resource[]): Promise<void> {
  for (const resource of resources) await takeTurn(state, resource, removeStep);
}

async function takeTurn(state: State, resource: Resource, doStep: DoStep): Promise<void> {
  const change = state.changes.get(resource.id);
  if (!change || isSettled(state, resource, change)) return;
  const lock = kindOf(state.run.registry, resource.kind).lock?.(resolve(resource.desired, () => undefined));
  const exclusive = lock === undefined ? state.slots : (state.locks.get(lock) ?? pLimit(1));
  if (lock !== undefined) state.locks.set(lock, exclusive);
  const attempt = async (): Promise<void> => attemptStep(state, resource, change, doStep);
  await (lock === undefined ? exclusive(attempt) : exclusive(async () => state.slots(attempt)));
}

async function attemptStep(state: State, resource: Resource, change: Change, doStep: DoStep): Promise<void> {
  const { run } = state;
  const { id, title } = resource;
  if (run.signal.aborted) return void state.failed.add(id);
  const start = run.host.now();
  const visible = change.action !== 'noop';
  if (visible) run.emit({ type: 'step_start', address: id, action: change.action, title });
  try {
    await doStep(state, resource, change);
    state.inFlight.delete(id);
    if (visible) state.done += 1;
    if (visible)
      run.emit({ type: 'step_complete', address: id, action: change.action, elapsed_ms: run.host.now() - start });
  } catch (error) {
    state.failed.add(id);
    if (run.signal.aborted) return;
    state.inFlight.delete(id);
    const diagnostic = toDiagnostic(state, resource, error);
    state.problems.push(diagnostic);
    run.emit({ type: 'step_failed', address: id, diagnostic, elapsed_ms: run.host.now() - start });
  }
}

async function convergeStep(state: State, resource: Resource, change: Change): Promise<void> {
  state.outputs.set(resource.id, await converge(stepOf(state, resource, change)));
}

async function removeStep(state: State, resource: Resource, change: Change): Promise<void> {
  await removeFully(stepOf(state, resource, change));
}

function stepOf(state: State, resource: Resource, planned: Change): Step {
  const { run, outputs, inFlight } = state;
  return {
    run,
    resource,
    planned,
    kind: kindOf(run.registry, resource.kind),
    outputsOf: (id) => outputs.get(id),
    inFlight: (what) => (what ? inFlight.set(resource.id, what) : inFlight.delete(resource.id)),
  };
}

/** Whether the plan's own look already saw that there is nothing to do and nothing to wait for. */
function isSettled(state: State, resource: Resource, change: Change): boolean {
  if (change.action === 'keep') return true;
  if (change.action === 'delete') return goesWithParent(state, resource);
  if (change.action !== 'noop') return false;
  const seen = state.prepared.live.get(resource.id);
  if (seen?.is !== 'present') return true;
  state.outputs.set(resource.id, seen.outputs);
  return seen.readiness.is === 'ready';
}

function goesWithParent(state: State, resource: Resource): boolean {
  const parent = kindOf(state.run.registry, resource.kind).within?.(resolve(resource.desired, () => undefined));
  return parent !== undefined && state.changes.get(parent)?.action === 'delete';
}

function skip(state: State, resource: Resource, because: ResourceId): void {
  state.failed.add(resource.id);
  const change = state.changes.get(resource.id);
  if (state.run.signal.aborted || !change || change.action === 'keep') return;
  if (change.action === 'noop') return;
  state.run.emit({ type: 'step_skipped', address: resource.id, because });
}

function toDiagnostic(state: State, resource: Resource, error: unknown): Diagnostic {
  if (error instanceof Refusal && error.problems[0]) return error.problems[0];
  if (error instanceof CloudError) return state.explain(error, resource);
  const message = error instanceof Error ? error.message : String(error);
  return problem('HELLO9001', `${resource.title}: ${message}`, {
    fix: 'please report this as a bug',
    resource: resource.id,
  });
}

function summary(state: State): Applied {
  const { run, problems, done } = state;
  const first = exitOf(problems);
  const exit: ExitCode = run.signal.aborted
    ? 130
    : first === 0 || first === 8 || first === 5 || first === 6
      ? first
      : done > 0
        ? 7
        : first;
  const inFlight = [...state.inFlight].map(([id, what]) => `${id}: ${what}`);
  return { exit, problems, outputs: withoutSecrets(state), inFlight };
}

function withoutSecrets(state: State): ReadonlyMap<ResourceId, Outputs> {
  return new Map(
    [...state.outputs].map(([id, outputs]) => {
      const kindName = state.prepared.graph.resources.get(id)?.kind;
      const secret = new Set(kindName ? kindOf(state.run.registry, kindName).secretOutputs : []);
      return [id, Object.fromEntries(Object.entries(outputs).filter(([name]) => !secret.has(name)))];
    }),
  );
}
