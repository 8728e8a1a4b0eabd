import { styleText } from 'node:util';
import type { Diagnostic, SourceSpan } from '../base/diagnostic.ts';

/** Longer lines are cut around the caret, so that it stays visible. */
const lineMax = 160;

/** A diagnostic for people: the place, what is wrong, the line with a caret, what to do. Without a trailing newline. */
export function renderDiagnostic(diagnostic: Diagnostic, { color }: { readonly color: boolean }): string {
  const paint = (style: Parameters<typeof styleText>[0], text: string): string =>
    color ? styleText(style, text, { validateStream: false }) : text;
  const { code, severity, message, at, flag, fix, resource } = diagnostic;
  const place = at ? `${at.file}:${at.line}:${at.column}: ` : flag && `${flag}: `;
  const head = paint(severity === 'error' ? ['bold', 'red'] : ['bold', 'yellow'], `${severity} ${code}`);
  const about = resource && !message.includes(resource) ? `${resource}: ` : '';
  return [
    `${place ?? ''}${head}: ${about}${message}`,
    ...(at ? excerpt(at, paint) : []),
    ...(fix ? [`  ${paint('cyan', 'fix:')} ${fix}`] : []),
  ].join('\n');
}

function excerpt(at: SourceSpan, paint: (style: 'red' | 'dim', text: string) => string): string[] {
  const start = Math.max(0, at.column - 1 - lineMax / 2);
  // A tab would shift the caret: it counts as one column.
  const text = at.text.slice(start, start + lineMax).replaceAll('\t', ' ');
  const margin = `${at.line} | `;
  const before = ' '.repeat(Math.max(0, at.column - 1 - start));
  const carets = '^'.repeat(Math.max(1, Math.min(at.length, text.length - before.length)));
  return [`  ${paint('dim', margin)}${text}`, `  ${' '.repeat(margin.length)}${before}${paint('red', carets)}`];
}
