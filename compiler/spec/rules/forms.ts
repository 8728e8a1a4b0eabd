import { formatPath } from '../../base/json.ts';
import { bodyPath, workloads, writtenImage, type Check } from './rule.ts';

/** The short form and `services` say the same thing: one of them. */
export const oneForm: Check = ({ file }) => {
  if (!file.services) return [];
  return (['app', 'replicas', 'ports', 'allow'] as const)
    .filter((key) => file[key] !== undefined)
    .map((key) => ({
      code: 'HELLO1009',
      path: [],
      key,
      message: `\`${key}\` and \`services\` exclude each other`,
      fix: `Move \`${key}\` into the service that it is for.`,
    }));
};

/** What runs is an image that exists, or one that is made. */
export const imageOrBuild: Check = ({ spec, file }) =>
  workloads(spec).flatMap((workload) => {
    const written = writtenImage(workload, file);
    if (written?.image === undefined || written.build === undefined) return [];
    const path = bodyPath(workload);
    return [
      {
        code: 'HELLO1009',
        path,
        key: 'build',
        message: `\`${formatPath([...path, 'image'])}\` and \`${formatPath([...path, 'build'])}\` exclude each other`,
        fix: 'Keep `image` to run an image that exists, or `build` to run what the Dockerfile makes.',
      },
    ];
  });

/** One database, or a list of them. */
export const oneDatabaseForm: Check = ({ file }) => {
  if (file.db?.database === undefined || file.db.databases === undefined) return [];
  const message = '`db.database` and `db.databases` exclude each other';
  return [{ code: 'HELLO1009', path: ['db'], key: 'databases', message, fix: 'Keep one of them.' }];
};

/** A range has an end that is not below its beginning. */
export const rangeIsOne: Check = ({ spec }) =>
  spec.services.flatMap(({ replicas, path }) =>
    typeof replicas !== 'number' && replicas.min > replicas.max
      ? [
          {
            code: 'HELLO1009',
            path: [...path, 'replicas', 'min'],
            message: `\`min\` (${replicas.min}) is above \`max\` (${replicas.max})`,
            fix: 'Let min be at most max.',
          },
        ]
      : [],
  );
