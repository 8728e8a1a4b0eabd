import type { Cluster } from '../cloud/kubernetes/cluster.ts';
import type { Emit } from '../model/event.ts';
import { jsonFlag, localFlag, type Flag, type Values } from './command.ts';
import type { Io } from './io.ts';
import { openRun, type OpenRun } from './open-run.ts';
import { specFlags } from './spec-flags.ts';

/** What is done with an app that runs takes these. */
export const appFlags: readonly Flag[] = [...specFlags, localFlag, jsonFlag];

/** An app and the cluster that it runs in. Throws a Refusal while that is not there. */
export async function openApp(
  values: Values,
  io: Io,
  onEvent?: Emit,
): Promise<OpenRun & { readonly cluster: Cluster }> {
  const open = await openRun(values, io, onEvent);
  return { ...open, cluster: await open.session.cluster() };
}
