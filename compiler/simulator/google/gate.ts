import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Api, Method } from './definitions.ts';
import { type GoogleRefusal, refuse } from './errors.ts';
import type { Project } from './world.ts';

const credentialsHint =
  'Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.';

/** The refusal of a request that does not carry the local cloud's token; undefined when it does. */
export function unauthenticated(
  req: IncomingMessage,
  token: string,
  method: Method | undefined,
): GoogleRefusal | undefined {
  const header = req.headers.authorization;
  if (header && same(header, `Bearer ${token}`)) return undefined;
  const about = {
    service: method?.api.host ?? 'googleapis.com',
    ...(method ? { method: `${method.api.package}.${method.id}` } : {}),
  };
  const detail = (reason: string): readonly object[] => [
    { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason, domain: 'googleapis.com', metadata: about },
  ];
  if (!header) {
    return refuse({
      code: 401,
      status: 'UNAUTHENTICATED',
      reason: 'required',
      location: 'Authorization',
      message: `Request is missing required authentication credential. ${credentialsHint}`,
      details: detail('CREDENTIALS_MISSING'),
    });
  }
  return refuse({
    code: 401,
    status: 'UNAUTHENTICATED',
    reason: 'authError',
    location: 'Authorization',
    message: `Request had invalid authentication credentials. ${credentialsHint}`,
    details: detail('ACCESS_TOKEN_EXPIRED'),
  });
}

function same(a: string, b: string): boolean {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(a), hash(b));
}

/** What every API answers in a project where it is off. gcloud reads the sentence and offers to turn it on. */
export function serviceDisabled(api: Api, project: Project): GoogleRefusal {
  const url = `https://console.developers.google.com/apis/api/${api.host}/overview?project=${project.number}`;
  const message =
    `${api.title} has not been used in project ${project.number} before or it is disabled. Enable it by visiting ${url} then retry. ` +
    'If you enabled this API recently, wait a few minutes for the action to propagate to our systems and retry.';
  const consumer = `projects/${project.number}`;
  return refuse({
    code: 403,
    status: 'PERMISSION_DENIED',
    reason: 'accessNotConfigured',
    domain: 'usageLimits',
    withStatus: true,
    message,
    details: [
      {
        '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
        reason: 'SERVICE_DISABLED',
        domain: 'googleapis.com',
        metadata: {
          serviceTitle: api.title,
          consumer,
          containerInfo: project.number,
          service: api.host,
          activationUrl: url,
        },
      },
      { '@type': 'type.googleapis.com/google.rpc.LocalizedMessage', locale: 'en-US', message },
      {
        '@type': 'type.googleapis.com/google.rpc.Help',
        links: [{ description: 'Google developers console API activation', url }],
      },
    ],
  });
}

/** A project that doesn't exist is answered as one that the caller may not see. */
export function projectHidden(): GoogleRefusal {
  return refuse({
    code: 403,
    status: 'PERMISSION_DENIED',
    reason: 'forbidden',
    message: 'The caller does not have permission',
  });
}

/**
 * The project that a request is about, by id or number; undefined when it names none (`/v1/operations/…`, or a list
 * over projects). Service accounts are addressed as `projects/-/serviceAccounts/EMAIL`, and the e-mail tells.
 */
export function projectNamed(
  params: Readonly<Record<string, string>>,
  query: URLSearchParams,
  body: unknown,
): string | undefined {
  const { project, projectId } = params;
  if (project ?? projectId) return project ?? projectId;
  const asked = body as { readonly network?: unknown; readonly consumerNetwork?: unknown } | undefined;
  const candidates = [...Object.values(params), query.get('network'), asked?.consumerNetwork, asked?.network];
  for (const text of candidates) {
    if (typeof text !== 'string') continue;
    const account = /^projects\/-\/serviceAccounts\/[^@/]+@([^/]+)\.iam\.gserviceaccount\.com/.exec(text);
    const found = account ?? /^projects\/([^/]+)/.exec(text);
    if (found?.[1] && found[1] !== '-') return found[1];
  }
  return params['resource'] && !params['resource'].includes('/') ? params['resource'] : undefined;
}
