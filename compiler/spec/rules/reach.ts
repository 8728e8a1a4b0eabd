import { formatPath, type Path } from '../../base/json.ts';
import { reachesOf, serviceObjectName } from '../reach.ts';
import type { Service } from '../spec.ts';
import { bodyPath, type Check } from './rule.ts';

/** `public` is a shorter `reach`. */
export const oneReach: Check = ({ spec, file }) =>
  spec.services.flatMap(({ path, name }) =>
    ((path.length === 0 ? file.ports : file.services?.[name]?.ports) ?? []).flatMap((port, index) => {
      if (typeof port === 'string' || port.public === undefined || port.reach === undefined) return [];
      const at = [...path, 'ports', index];
      const message = `\`${formatPath(at)}\` says both \`public\` and \`reach\``;
      return [{ code: 'HELLO1009', path: at, key: 'public', message, fix: 'Keep `reach`, which says more.' }];
    }),
  );

/** A service with ports of several reaches has an object for each, whose name must not be that of another service. */
export const serviceObjectsDiffer: Check = ({ spec }) =>
  spec.services.flatMap((service) => {
    const names = reachesOf(service).map((reach) => serviceObjectName(service, reach));
    const taken = spec.services.find(
      (other) => other !== service && other.ports.length > 0 && names.includes(other.name),
    );
    if (!taken) return [];
    const message = `${service.name} is served under the name ${taken.name}, too, which is another service`;
    return [{ code: 'HELLO1009', path: taken.path, message, fix: 'Give that service another name.' }];
  });

/** Where a service says its metrics are. */
export function metricsPath(service: Service): Path {
  return [...bodyPath(service), 'metrics'];
}

/** Metrics are on a port of the app: one that is said, or its first. */
export const metricsHaveAPort: Check = ({ spec }) =>
  spec.services
    .filter(({ metrics }) => metrics?.port === 0)
    .map((service) => ({
      code: 'HELLO1009',
      path: metricsPath(service),
      message: `\`${formatPath(metricsPath(service))}\` does not say on which port, and ${service.name} has none`,
      fix: 'Write `metrics: { path: /metrics, port: 9090 }`.',
    }));
