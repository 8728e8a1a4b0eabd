/** What runs in a local cloud, as it is drawn. */
export interface LocalStatusLines {
  readonly url: string;
  readonly pid: number;
  readonly project: string;
  readonly clusters: readonly {
    readonly id: string;
    readonly pods: readonly { readonly pod: string; readonly phase: string }[];
  }[];
  readonly sql: readonly { readonly id: string; readonly port: number }[];
  readonly publicPorts: readonly { readonly service: string; readonly port: number; readonly hostPort: number }[];
}

export function renderLocalStatus(status: LocalStatusLines): string {
  const lines = [
    `Local cloud at ${status.url}, project ${status.project}, pid ${status.pid}`,
    ...status.clusters.flatMap((cluster) => [
      `  cluster   ${cluster.id}`,
      ...cluster.pods.map((pod) => `    pod       ${pod.pod} (${pod.phase})`),
    ]),
    ...status.sql.map((each) => `  database  ${each.id} (PostgreSQL on port ${each.port})`),
    ...status.publicPorts.map(
      (each) => `  service   ${each.service}:${each.port} is at http://127.0.0.1:${each.hostPort}/`,
    ),
  ];
  return `${lines.join('\n')}\n`;
}
