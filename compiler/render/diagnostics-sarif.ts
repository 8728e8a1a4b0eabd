import { pathToFileURL } from 'node:url';
import { relative, sep } from 'node:path';
import { diagnosticCodes, type Diagnostic } from '../base/diagnostic.ts';
import type { Json } from '../base/json.ts';
import { packageVersion } from '../base/version.ts';

/**
 * Diagnostics as SARIF 2.1.0, for code scanning: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 * Paths are relative to the folder of the run, as code scanning wants them; columns count UTF-16 units from 1, as ours do.
 */
export function diagnosticsSarif(problems: readonly Diagnostic[], cwd: string): Json {
  const codes = [...new Set(problems.map(({ code }) => code))].toSorted();
  const rules = codes.map((id) => ({ id, shortDescription: { text: diagnosticCodes[id].title } }));
  const driver = { name: 'hello', version: packageVersion(), rules };
  const results = problems.map((each) => ({
    ruleId: each.code,
    ruleIndex: codes.indexOf(each.code),
    level: each.severity,
    message: { text: messageOf(each) },
    ...(each.at && { locations: [{ physicalLocation: placeOf(each.at, cwd) }] }),
  }));
  const $schema = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';
  return { $schema, version: '2.1.0', runs: [{ tool: { driver }, columnKind: 'utf16CodeUnits', results }] };
}

function placeOf(at: NonNullable<Diagnostic['at']>, cwd: string): Json {
  const region = { startLine: at.line, startColumn: at.column, endColumn: at.column + at.length };
  const path = relativePath(at.file, cwd);
  const uri = path === undefined ? pathToFileURL(at.file).href : encodeURI(path);
  return { artifactLocation: { uri }, region };
}

function messageOf({ message, fix }: Diagnostic): string {
  return fix === undefined ? message : `${message}. ${fix}`;
}

/** With slashes; undefined for what lies outside the folder. */
export function relativePath(file: string, cwd: string): string | undefined {
  const path = relative(cwd, file);
  return path === '' || path.startsWith('..') ? undefined : path.replaceAll(sep, '/');
}
