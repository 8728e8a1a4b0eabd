import type { Host } from '../../base/host.ts';
import type { ContainerApi, GoogleApi, RestOperation, SqlApi } from '../../model/ports.ts';
import { googleIdentity, type GoogleIdentity } from './auth.ts';
import { restOperation } from './operations.ts';
import type { GoogleContext } from './requests.ts';
import { rest } from './rest.ts';

/** How {@link googleApi} is opened. */
export interface GoogleOptions {
  /** Billed for requests that are made with a person's credentials. */
  readonly project: string;
  /** Ends every request under way. */
  readonly signal?: AbortSignal;
  /** For sharing one identity with a cluster's connection. */
  readonly identity?: GoogleIdentity;
}

/** Google Cloud as kinds see it. Loads nothing and asks for no credentials until the first call. */
export function googleApi(
  host: Host,
  { project, signal, identity = googleIdentity(host, project) }: GoogleOptions,
): GoogleApi {
  const context: GoogleContext = { host, identity, signal };
  let container: Promise<ContainerApi> | undefined;
  let sql: Promise<SqlApi> | undefined;
  return {
    container: async () => {
      container ??= import('./container.ts').then(async ({ containerApi }) => containerApi(context));
      return container;
    },
    sql: async () => {
      sql ??= import('./sql.ts').then(async ({ sqlApi }) => sqlApi(context));
      return sql;
    },
    rest: async (request) => rest(context, request),
    operation: (service, answer, pollPath) =>
      restOperation(service, answer, async () =>
        rest<RestOperation>(context, { service, method: 'GET', path: pollPath }),
      ),
  };
}
