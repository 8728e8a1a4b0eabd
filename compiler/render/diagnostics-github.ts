import type { Diagnostic } from '../base/diagnostic.ts';
import { relativePath } from './diagnostics-sarif.ts';

/**
 * Diagnostics as workflow commands, which GitHub shows beside the line in a pull request:
 * https://docs.github.com/actions/reference/workflow-commands-for-github-actions
 */
export function diagnosticsGithub(problems: readonly Diagnostic[], cwd: string): string {
  return problems.map((each) => `${lineOf(each, cwd)}\n`).join('');
}

function lineOf({ code, severity, message, fix, at }: Diagnostic, cwd: string): string {
  const place = at && {
    file: relativePath(at.file, cwd) ?? at.file,
    line: at.line,
    col: at.column,
    endColumn: at.column + at.length,
  };
  const properties = Object.entries({ ...place, title: code }).map(([key, value]) => `${key}=${escapeProperty(value)}`);
  return `::${severity} ${properties.join(',')}::${escapeData(fix === undefined ? message : `${message}\n${fix}`)}`;
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(value: string | number): string {
  return escapeData(String(value)).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
