import { formatPath } from '../../base/json.ts';
import { bodyPath, workloads, writtenImage, type Check } from './rule.ts';

/** Reference grammar: https://github.com/distribution/reference, kept looser. */
const imageName = /^[a-z0-9][\w.:-]*(\/[a-z0-9][\w.-]*)*(:[\w][\w.-]{0,127})?(@sha256:[0-9a-f]{64})?$/;

/** An image is named as registries name it. */
export const imageLooksLikeOne: Check = ({ spec, file }) =>
  workloads(spec).flatMap((workload) => {
    const image = writtenImage(workload, file)?.image;
    if (image === undefined || imageName.test(image)) return [];
    const path = [...bodyPath(workload), 'image'];
    const fix = 'Write it as registry/path/name:tag, without https:// and with a lower-case path.';
    return [{ code: 'HELLO1005', path, message: `\`${formatPath(path)}\` is not the name of an image`, fix }];
  });

/** What is to be built has a Dockerfile. A folder outside of the project's is not looked into. */
export const buildHasDockerfile: Check = ({ spec, file, sources }) =>
  workloads(spec).flatMap((workload) => {
    const { build, path, name } = workload;
    if (build === undefined || sources?.readFile(`${build}/Dockerfile`).is !== 'missing') return [];
    const written = writtenImage(workload, file);
    const message = `${name} is to be built from \`${build}\`, where there is no Dockerfile`;
    if (written?.build !== undefined)
      return [
        { code: 'HELLO1017', path: [...bodyPath(workload), 'build'], message, fix: 'Name the folder that holds it.' },
      ];
    const fix = `Write one, or say what runs: \`${formatPath([...bodyPath(workload), 'image'])}\`, or \`build\` with its folder.`;
    return [{ code: 'HELLO1017', path: path.length === 0 && !file.app ? ['name'] : bodyPath(workload), message, fix }];
  });
