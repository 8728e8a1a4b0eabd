import type { Status } from '../model/status.ts';
import type { Paint } from './style.ts';

/** The status for people. `url` is where the load balancer can be reached from here. */
export function renderStatus(status: Status & { readonly url?: string }, paint: Paint): string {
  const { wanted, ready } = status.replicas;
  const healthy = ready >= wanted && status.problem === undefined;
  const lines = [
    `${paint('bold', status.app)} in project ${status.project}`,
    `  url       ${status.url ?? 'none yet'}`,
    `  replicas  ${paint(healthy ? 'green' : 'yellow', `${ready} of ${wanted} ready`)}`,
    ...(status.problem ? [`  problem   ${paint('red', status.problem)}`] : []),
    `  config    ${status.changes === 0 ? 'live is what the config says' : `${status.changes} changes to apply`}`,
    '',
    ...table(status.resources.map(({ address, state }) => [address, state])),
    ...(status.pods.length > 0 ? [''] : []),
    ...table(
      status.pods.map((pod) => [pod.name, pod.ready ? 'ready' : 'not ready', pod.state, `${pod.restarts} restarts`]),
    ),
  ];
  return `${lines.join('\n')}\n`;
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_cell, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd());
}
