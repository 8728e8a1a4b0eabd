import type { Diagnostic } from '../base/diagnostic.ts';
import type { Document } from './document.ts';
import { connectionsFit, databaseIsThere, regionsMeet } from './rules/database.ts';
import { imageOrBuild, oneDatabaseForm, oneForm, rangeIsOne } from './rules/forms.ts';
import { buildHasDockerfile, imageLooksLikeOne } from './rules/images.ts';
import {
  databaseIsNotTheServersOwn,
  envLeavesOursAlone,
  instanceFitsItsProject,
  namesDiffer,
  namespaceIsNotTheClustersOwn,
  userIsNotTheServersOwn,
} from './rules/names.ts';
import {
  databasePortIsFree,
  portsAreInRange,
  rangesGuardAPort,
  servedPortsDiffer,
  worldIsMeant,
} from './rules/ports.ts';
import { metricsHaveAPort, oneReach, serviceObjectsDiffer } from './rules/reach.ts';
import type { Check, Subject } from './rules/rule.ts';
import { resourcesAreLegal } from './rules/sizes.ts';
import type { SpecFile } from './schema.ts';

/**
 * A rule over several keys, and the top-level ones that it draws conclusions from: where one of these was refused by the
 * schema, the rule has nothing to say.
 */
export interface Rule {
  readonly check: Check;
  readonly reads: readonly (keyof SpecFile)[];
}

const short = ['app', 'replicas', 'ports', 'allow'] as const;

/** Every rule. A new one is a function in the folder beside, and its line here. */
export const rules: readonly Rule[] = [
  { check: oneForm, reads: [] },
  { check: imageOrBuild, reads: ['app'] },
  { check: imageLooksLikeOne, reads: ['app'] },
  { check: buildHasDockerfile, reads: ['app', 'name'] },
  { check: portsAreInRange, reads: ['ports'] },
  { check: servedPortsDiffer, reads: ['ports'] },
  { check: oneReach, reads: ['ports'] },
  { check: serviceObjectsDiffer, reads: ['ports'] },
  { check: metricsHaveAPort, reads: ['ports', 'app'] },
  { check: databasePortIsFree, reads: ['ports', 'db', 'app'] },
  { check: worldIsMeant, reads: ['ports', 'allow'] },
  { check: rangesGuardAPort, reads: ['ports', 'allow'] },
  { check: envLeavesOursAlone, reads: ['env', 'db'] },
  { check: namesDiffer, reads: ['name'] },
  { check: rangeIsOne, reads: ['replicas'] },
  { check: oneDatabaseForm, reads: ['db'] },
  { check: databaseIsThere, reads: ['db', 'name'] },
  { check: connectionsFit, reads: ['db', ...short] },
  { check: resourcesAreLegal, reads: ['cluster', 'app'] },
  { check: regionsMeet, reads: ['cluster', 'region', 'db'] },
  { check: namespaceIsNotTheClustersOwn, reads: ['name'] },
  { check: databaseIsNotTheServersOwn, reads: ['db', 'name'] },
  { check: userIsNotTheServersOwn, reads: ['db'] },
  { check: instanceFitsItsProject, reads: ['db', 'name', 'project'] },
];

/** Runs the rules that nothing in `lost` keeps from it: keys that are not as they were written. */
export function checkRules(
  subject: Subject,
  document: Document,
  { lost = new Set(), among = rules }: { readonly lost?: ReadonlySet<string>; readonly among?: readonly Rule[] } = {},
): Diagnostic[] {
  return among
    .filter(({ reads }) => !reads.some((key) => lost.has(key)))
    .flatMap(({ check }) => check(subject))
    .map(({ code, severity = 'error' as const, path, key, message, fix }) => ({
      code,
      severity,
      message,
      fix,
      at: document.locate(path, key),
    }));
}
