import type { Status } from '../model/status.ts';
import type { Paint } from './style.ts';
import { table } from './table.ts';

type Shown = Status & { readonly url?: string };

/** The status for people. `url` is where the load balancer can be reached from here. */
export function renderStatus(status: Shown, paint: Paint): string {
  const { wanted, ready } = status.replicas;
  const healthy = ready >= wanted && status.problem === undefined;
  const rows = [
    ['url', status.url ?? 'none yet'],
    ['replicas', paint(healthy ? 'green' : 'yellow', `${ready} of ${wanted} ready`)],
    ...(status.problem === undefined ? [] : [['problem', paint('red', status.problem)]]),
    ...(status.release ? [['release', releaseWords(status.release)]] : []),
    ...(status.database ? [['database', databaseWords(status.database)]] : []),
    ['config', configWords(status)],
    ...(status.drift ? [['drift', paint('yellow', `live was changed: ${named(status.changed)}`)]] : []),
  ];
  const lines = [
    `${paint('bold', status.app)} in project ${status.project}`,
    ...table(rows),
    '',
    ...table(status.services.map(({ name, ready: up, wanted: all, image }) => [name, `${up} of ${all}`, image ?? ''])),
    ...(status.pods.length > 0 ? [''] : []),
    ...table(status.pods.map((pod) => [pod.name, readyWord(pod), pod.state, `${pod.restarts} restarts`])),
    '',
    ...table(status.resources.map(({ address, state }) => [address, state])),
  ];
  return `${lines.join('\n')}\n`;
}

/** What has run to its end is not to be ready any more. */
function readyWord({ ready, state }: Status['pods'][number]): string {
  return ready ? 'ready' : state === 'Succeeded' ? 'done' : 'not ready';
}

/** The status on one line, for where each change of it gets one. */
export function statusLine(status: Shown): string {
  const services = status.services.map(({ name, ready, wanted }) => `${name} ${ready} of ${wanted}`).join(', ');
  const more = [
    ...(status.problem === undefined ? [] : [status.problem]),
    ...(status.changes === 0 ? [] : [status.drift ? `drift: ${named(status.changed)}` : configWords(status)]),
  ];
  return [services, ...more].join('; ');
}

function configWords({ changes, changed, drift }: Status): string {
  if (changes === 0) return 'live is what the config says';
  const count = `${changes} ${changes === 1 ? 'change' : 'changes'} to apply`;
  return drift ? `the one that was applied last; ${count}` : `${count}: ${named(changed)}`;
}

function releaseWords({ number, at, by, rolled_back_to }: NonNullable<Status['release']>): string {
  const back = rolled_back_to === undefined ? '' : `, back to ${rolled_back_to}`;
  return `${number}${back}, ${at.replace(/\.\d+Z$/, 'Z')}${by === undefined ? '' : ` by ${by}`}`;
}

function databaseWords({ instance, state, version, tier, databases }: NonNullable<Status['database']>): string {
  return `${instance} ${state}, ${version}, ${tier}: ${databases.join(', ')}`;
}

function named(addresses: readonly string[]): string {
  const more = addresses.length > 3 ? `, and ${addresses.length - 3} more` : '';
  return `${addresses.slice(0, 3).join(', ')}${more}`;
}
