import { diagnosticCodes, type Diagnostic } from '../base/diagnostic.ts';
import type { Json } from '../base/json.ts';

/** A diagnostic for programs: the same facts as the text, with the code's title, and no colours or layout. */
export function diagnosticJson(diagnostic: Diagnostic): Json {
  const { code, severity, message, fix, at, flag, resource } = diagnostic;
  return {
    code,
    severity,
    title: diagnosticCodes[code].title,
    message,
    ...(fix !== undefined && { fix }),
    ...(flag !== undefined && { flag }),
    ...(resource !== undefined && { resource }),
    ...(at && { at: { file: at.file, line: at.line, column: at.column, length: at.length, text: at.text } }),
  };
}
