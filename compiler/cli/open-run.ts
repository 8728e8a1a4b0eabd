import type { Emit } from '../model/event.ts';
import { openSession, type Session } from '../session.ts';
import type { Spec } from '../spec/spec.ts';
import { projectFromEnv, otherProject } from '../spec/find-project.ts';
import { flag, list, text, type Values } from './command.ts';
import type { Io } from './io.ts';
import { findConfigText, folderOf, readWhole } from './load-spec.ts';
import { Refusal } from '../base/errors.ts';
import { openTarget } from './open-target.ts';
import type { Target } from './target.ts';

/** What plan, apply, destroy and status share: a spec, the cloud it goes to, and the session that joins them. */
export interface OpenRun {
  readonly spec: Spec;
  readonly folder: string;
  readonly target: Target;
  readonly session: Session;
}

export async function openRun(values: Values, io: Io, onEvent?: Emit): Promise<OpenRun> {
  const config = await findConfigText(values, io);
  if (!config.ok) throw new Refusal(...config.problems);
  const folder = folderOf(config.value);
  // A broken config is told before a local cloud is started for it.
  const local = flag(values, 'local');
  const early = readWhole(config.value, values, local ? { GOOGLE_CLOUD_PROJECT: 'hello-local', ...io.env } : io.env);
  if (!early.ok) throw new Refusal(...early.problems);
  if (!local) refuseOtherProject(early.value.spec, values, io.env);
  io.diagnose(early.warnings);
  const target = await openTarget(local, folder, io);
  const read = local ? readWhole(config.value, values, target.env) : early;
  if (!read.ok) throw new Refusal(...read.problems);
  const { spec, originOf } = read.value;
  await target.knowProject(spec.project);
  const allowProtected = text(values, 'allowProtected');
  const session = openSession(spec, {
    originOf,
    rollBackOnFailure: flag(values, 'rollbackOnFailure'),
    env: target.env,
    signal: target.gone ? AbortSignal.any([io.signal, target.gone]) : io.signal,
    adopt: flag(values, 'adopt'),
    allowDataLoss: list(values, 'allowDataLoss'),
    forceConflicts: flag(values, 'forceConflicts'),
    ...(allowProtected !== undefined && { allowProtected }),
    ...(typeof values['parallelism'] === 'number' && { parallelism: values['parallelism'] }),
    ...(typeof values['timeout'] === 'number' && { readyWithinMs: values['timeout'] * 1000 }),
    ...(onEvent && { onEvent }),
  });
  return { spec, folder, target, session: target.gone ? untilGone(session, target.gone) : session };
}

/** A session that says so when its cloud is gone, instead of what each request met. */
function untilGone(session: Session, gone: AbortSignal): Session {
  const why = (): Refusal | undefined => (gone.reason instanceof Refusal ? gone.reason : undefined);
  return {
    ...session,
    async prepare(mode) {
      return session.prepare(mode).catch((error: unknown) => {
        throw why() ?? error;
      });
    },
    async apply(prepared) {
      const applied = await session.apply(prepared);
      const refusal = why();
      return refusal ? { ...applied, exit: 7, problems: refusal.problems, inFlight: [] } : applied;
    },
  };
}

/** A pinned stage goes to its project and nowhere else, whatever the flag or the shell says. On the local cloud all is one. */
function refuseOtherProject(spec: Spec, values: Values, env: Io['env']): void {
  const named = text(values, 'project');
  const ambient = projectFromEnv(env);
  const found =
    named === undefined
      ? ambient && otherProject(spec, ambient.project, `${ambient.variable}=${ambient.project}`)
      : otherProject(spec, named, `--project ${named}`);
  if (found) throw new Refusal(found);
}
