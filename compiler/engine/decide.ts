import { problem, type Diagnostic } from '../base/diagnostic.ts';
import type { Change, FieldChange } from '../model/change.ts';
import type { AnyKind, Present } from '../model/kind.ts';
import { resolve, type Resource } from '../model/resource.ts';
import { compare, wholeValue } from './compare.ts';
import type { Outputs, Seen } from './observe.ts';

/** What the user has allowed in so many words. */
export interface Policy {
  /** Take over unmarked things that have the right name. */
  readonly adopt: boolean;
  /** Addresses, or bare names, of things whose data may be lost. */
  readonly allowDataLoss: readonly string[];
  readonly forceConflicts: boolean;
  /** The protected stage that is worked on, and was not named: no data in it may be lost. */
  readonly guardedStage?: string;
}

/** One resource's change: the engine's whole judgement, from what was seen and what is allowed. Pure. */
export function decide(resource: Resource, kind: AnyKind, seen: Seen, policy: Policy): Change {
  const base = changeBase(resource, kind);
  if (seen.is === 'present') return decidePresent(resource, kind, seen, policy);
  if (seen.is === 'unserved') return { ...base, action: 'keep', why: seen.because, missing: true };
  const desired = resolve(resource.desired, () => undefined);
  const because = seen.is === 'absent' ? 'missing' : 'parent-pending';
  return { ...base, action: 'create', because, fields: wholeValue(desired, kind.rules) };
}

/** What removing it comes to: shared things stay, others' things stay, data goes only when named. */
export function decideRemoval(
  resource: Resource,
  kind: AnyKind,
  seen: Seen,
  policy: Policy,
  because: 'undeclared' | 'destroy',
): Change {
  const base = changeBase(resource, kind);
  if (seen.is !== 'present') return { ...base, action: 'noop' };
  if (kind.keptOnDestroy) return { ...base, action: 'keep', why: kind.keptOnDestroy };
  if (seen.owner !== 'us') return { ...base, action: 'keep', why: 'it is not ours' };
  if (because === 'undeclared' && kind.keptWhenUndeclared)
    return { ...base, action: 'keep', why: kind.keptWhenUndeclared };
  if (kind.losesData && !mayLose(resource, kind, policy)) {
    return { ...base, action: 'refuse', problem: wouldLose(resource, kind.losesData, policy), fields: [] };
  }
  return { ...base, action: 'delete', because };
}

/** What every change tells of its resource, whatever is done with it. */
export function changeBase(resource: Resource, kind: AnyKind): Pick<Change, 'id' | 'kind' | 'title' | 'losesData'> {
  const { id, title } = resource;
  return { id, kind: kind.name, title, ...(kind.losesData && { losesData: kind.losesData }) };
}

function decidePresent(resource: Resource, kind: AnyKind, seen: Present<object, Outputs>, policy: Policy): Change {
  const base = changeBase(resource, kind);
  const fields = markHolders(compare(seen.want, seen.live, kind.rules), seen);
  const refuse = (found: Diagnostic): Change => ({ ...base, action: 'refuse', problem: found, fields });
  if (seen.owner === 'other' || (seen.owner === 'nobody' && !policy.adopt))
    return refuse(notOurs(resource, seen.owner));
  if (seen.readiness.is === 'failed' && seen.readiness.forGood) return refuse(broken(resource, seen.readiness.why));
  // What is not ours is never deleted, not even to make it anew.
  if (seen.owner === 'nobody' && fields.some((field) => field.forces === 'replace'))
    return refuse(cannotChange(resource, fields, policy));
  if (seen.owner === 'nobody') return { ...base, action: 'adopt', fields };
  if (fields.length === 0 && kind.runsAgain && seen.readiness.is === 'failed')
    return { ...base, action: 'replace', fields };
  if (fields.length === 0) return { ...base, action: 'noop' };
  if (fields.some((field) => field.heldBy) && !policy.forceConflicts) return refuse(held(resource, fields));
  if (fields.every((field) => field.forces === 'update') && kind.update) return { ...base, action: 'update', fields };
  if (kind.losesData && !mayLose(resource, kind, policy))
    return refuse(cannotChange(resource, fields, policy, kind.losesData));
  if (!kind.remove) return refuse(cannotChange(resource, fields, policy));
  return { ...base, action: 'replace', fields };
}

function markHolders(fields: FieldChange[], seen: Present<object, Outputs>): FieldChange[] {
  const holders = seen.conflicts ?? [];
  if (holders.length === 0) return fields;
  return fields.map((field) => {
    const holder = holders.find((each) => isWithin(each.field, field.path) || isWithin(field.path, each.field));
    return holder ? { ...field, heldBy: holder.manager } : field;
  });
}

/** What is atomic is held as a whole, and shown member by member; a group that goes is shown whole, and held by member. */
function isWithin(path: string, outer: string): boolean {
  return path === outer || path.startsWith(`${outer}.`) || path.startsWith(`${outer}[`);
}

function mayLose(resource: Resource, kind: AnyKind, policy: Policy): boolean {
  if (policy.guardedStage !== undefined) return false;
  const parent = kind.within?.(resolve(resource.desired, () => undefined));
  return policy.allowDataLoss.some((name) => named(name, resource.id) || (parent !== undefined && named(name, parent)));
}

function named(name: string, id: string): boolean {
  return name === id || name === id.split('/').at(-1);
}

function wouldLose(resource: Resource, what: string, policy: Policy): Diagnostic {
  return problem('HELLO5001', `${resource.title} is kept: deleting it would lose ${what}`, {
    fix: `to delete it and its data, name it: ${flagsToLose(resource, policy)}`,
    resource: resource.id,
  });
}

function notOurs(resource: Resource, owner: 'nobody' | 'other'): Diagnostic {
  const whose = owner === 'nobody' ? 'exists without the mark of hello' : 'belongs to another app of hello';
  return problem('HELLO5002', `${resource.title} ${whose}`, {
    fix: owner === 'nobody' ? 'take it over with --adopt, or choose another name' : 'choose another name',
    resource: resource.id,
  });
}

function broken(resource: Resource, why: string): Diagnostic {
  return problem('HELLO5004', `${resource.title} is broken and cannot be mended in place: ${why}`, {
    fix: 'remove it (hello destroy, or by hand) and apply again',
    resource: resource.id,
  });
}

function held(resource: Resource, fields: readonly FieldChange[]): Diagnostic {
  const list = fields.flatMap((field) => (field.heldBy ? [`${field.path} by ${field.heldBy}`] : []));
  return problem('HELLO4002', `${resource.title}: others hold fields that the spec sets: ${list.join(', ')}`, {
    fix: 'take them over with --force-conflicts, or let the other one give them up',
    resource: resource.id,
  });
}

function cannotChange(resource: Resource, fields: readonly FieldChange[], policy: Policy, loses?: string): Diagnostic {
  const paths = fields.map((field) => field.path).join(', ');
  return problem('HELLO5003', `${resource.title}: ${paths} cannot be changed in place`, {
    fix: loses
      ? `replacing it would lose ${loses}; to do that, name it: ${flagsToLose(resource, policy)}`
      : 'put the old value back, or choose another name',
    resource: resource.id,
  });
}

/** What the user has to say for data to go: which, and in which protected stage. */
function flagsToLose({ id }: Resource, { guardedStage }: Policy): string {
  const data = `--allow-data-loss ${id.split('/').at(-1)}`;
  return guardedStage === undefined ? data : `${data} --allow-protected ${guardedStage}`;
}
