import { formatPath, type Path } from '../../base/json.ts';
import type { Port, Service, Spec } from '../spec.ts';
import { metricsPath } from './reach.ts';
import { everyPort, type Check } from './rule.ts';

/** The short form "80:5000" is a text to the schema. */
export const portsAreInRange: Check = ({ spec }) =>
  everyPort(spec).flatMap(({ port, path }) =>
    Math.min(port.port, port.target) < 1 || Math.max(port.port, port.target) > 65535
      ? [
          {
            code: 'HELLO1005',
            path,
            message: `\`${formatPath(path)}\` must hold ports from 1 to 65535`,
            fix: 'Write "80:5000".',
          },
        ]
      : [],
  );

/** Ports and names of ports are unique within the object that serves them. */
export const servedPortsDiffer: Check = ({ spec }) =>
  spec.services.flatMap((service) =>
    service.ports.flatMap((port, index) => {
      const same = (each: Port): boolean =>
        each.reach === port.reach && (each.port === port.port || each.name === port.name);
      const first = service.ports.findIndex(same);
      if (first === index) return [];
      const what = service.ports[first]?.port === port.port ? `port ${port.port}` : `the name ${port.name}`;
      const message = `${what} is already taken by \`${formatPath([...service.path, 'ports', first])}\``;
      const path = [...service.path, 'ports', index];
      return [{ code: 'HELLO1009', path, message, fix: 'Give each entry a port and a name of its own.' }];
    }),
  );

/** PostgreSQL's port and the health port of the database proxy, which runs beside the app in the same pod. */
const proxyPorts = [5432, 9801];

/** The app leaves the proxy its ports. */
export const databasePortIsFree: Check = ({ spec }) =>
  everyTarget(spec).flatMap(({ service, target, path }) =>
    service.database !== undefined && proxyPorts.includes(target)
      ? [
          {
            code: 'HELLO1009',
            path,
            message: `port ${target} of the pod is taken by the database proxy`,
            fix: 'Let the app listen on another port.',
          },
        ]
      : [],
  );

/** Every port that a service listens on, that of its metrics too. */
function everyTarget(spec: Spec): { readonly service: Service; readonly target: number; readonly path: Path }[] {
  const metrics = spec.services.flatMap((service) =>
    service.metrics ? [{ service, target: service.metrics.port, path: metricsPath(service) }] : [],
  );
  return [...everyPort(spec).map(({ service, port, path }) => ({ service, target: port.target, path })), ...metrics];
}

/** Whom public ports are open to is said where it matters, be it the whole world. */
export const worldIsMeant: Check = ({ spec, file }) => {
  const { stage } = spec;
  if (!stage?.protected) return [];
  return spec.services.flatMap(({ ports, path, allow }) => {
    const index = ports.findIndex((port) => port.reach === 'public');
    if (allow || index < 0) return [];
    const message = `port ${ports[index]?.port} is open to the whole internet in the protected stage "${stage.name}"`;
    const key = formatPath([...path, 'allow']);
    const fix = `If that is meant, say so: \`${key}: ['0.0.0.0/0']\`; else name the ranges of those who may reach it.`;
    const isWritten = file.ports !== undefined || path.length > 0;
    const place = isWritten ? { path: [...path, 'ports', index] } : { path: ['stages'], key: stage.name };
    return [{ code: 'HELLO1018', severity: 'warning', ...place, message, fix }];
  });
};

/** Ranges say who reaches a public port; without one they say nothing. */
export const rangesGuardAPort: Check = ({ spec }) =>
  spec.services.flatMap(({ ports, path, allow }) =>
    allow && !ports.some((port) => port.reach === 'public')
      ? [
          {
            code: 'HELLO1009',
            path,
            key: 'allow',
            message: `\`${formatPath([...path, 'allow'])}\` says who may reach a public port, and there is none`,
            fix: 'Remove it, or make a port public.',
          },
        ]
      : [],
  );
