import { isObject } from '../../base/json.ts';
import { unserved } from './errors.ts';
import { createPolicies } from './policy.ts';
import { type Call, fingerprint, page, type Project, type Service, type World } from './world.ts';

/** Resource Manager, projects, v1 and v3: https://cloud.google.com/resource-manager/reference/rest */
export function createResourceManager(world: World): Service {
  const policies = createPolicies(world);
  const key = (call: Call): string => `projects/${call.project().id}`;
  const list = (call: Call): object => {
    const { items, next } = page(call, world.projects());
    return { projects: items.map((project) => show(call, project)), ...next };
  };
  return {
    handlers: {
      'cloudresourcemanager.projects.get': (call) => show(call, call.project()),
      'cloudresourcemanager.projects.list': list,
      'cloudresourcemanager.projects.search': list,
      'cloudresourcemanager.projects.getIamPolicy': (call) => policies.get(key(call), requestedVersion(call)),
      'cloudresourcemanager.projects.setIamPolicy': (call) => policies.set(key(call), call.body),
      'cloudresourcemanager.projects.testIamPermissions': (call) => {
        key(call);
        return { permissions: call.body['permissions'] ?? [] };
      },
      'cloudresourcemanager.projects.create': () => {
        throw unserved(
          'cloudresourcemanager.projects.create: projects of the local cloud are made by starting it for them',
        );
      },
    },
    effects: {},
  };
}

function requestedVersion(call: Call): number {
  const options = call.body['options'];
  return isObject(options) && typeof options['requestedPolicyVersion'] === 'number'
    ? options['requestedPolicyVersion']
    : 1;
}

function show(call: Call, { id, number, createTime }: Project): object {
  if (call.method.api.version === 'v1')
    return { projectNumber: number, projectId: id, lifecycleState: 'ACTIVE', name: id, createTime };
  return {
    name: `projects/${number}`,
    projectId: id,
    state: 'ACTIVE',
    displayName: id,
    createTime,
    updateTime: createTime,
    etag: `W/"${fingerprint(id).replace('=', '')}"`,
  };
}
