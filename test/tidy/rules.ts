import { full } from 'acorn-walk';
import { lineAt, lineOf } from './source.ts';
import type { Source } from './source.ts';

export const FILE_LINES_MAX = 300;
export const FUNCTION_LINES_MAX = 70;

/** A rule about one file: what is wrong with it, a line each. */
export type Rule = (source: Source) => string[];

export const shortFile: Rule = ({ path, text }) => {
  const lines = text.trimEnd().split('\n').length;
  return lines > FILE_LINES_MAX ? [`${path}: has ${lines} lines, more than ${FILE_LINES_MAX}`] : [];
};

export const shortFunctions: Rule = ({ path, program }) => {
  const found: string[] = [];
  full(program, (node) => {
    if (!['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression'].includes(node.type) || !node.loc)
      return;
    const lines = node.loc.end.line - node.loc.start.line + 1;
    if (lines > FUNCTION_LINES_MAX)
      found.push(`${path}:${lineOf(node)}: a function of ${lines} lines, more than ${FUNCTION_LINES_MAX}`);
  });
  return found;
};

export const namedExportsOnly: Rule = ({ path, program }) =>
  program.body
    .filter((node) => node.type === 'ExportDefaultDeclaration')
    .map((node) => `${path}:${lineOf(node)}: a default export; give it a name`);

/** `console` and the standard streams, wherever they are spelled out. */
export const silent: Rule = ({ path, program }) => {
  const found: string[] = [];
  full(program, (node) => {
    if (node.type === 'Identifier' && 'name' in node && node.name === 'console')
      found.push(`${path}:${lineOf(node)}: uses console`);
    if (node.type !== 'MemberExpression') return;
    const text = memberText(node);
    if (text === 'process.stdout' || text === 'process.stderr') found.push(`${path}:${lineOf(node)}: uses ${text}`);
  });
  return found;
};

function memberText(node: object): string {
  if (!('object' in node) || !('property' in node)) return '';
  return `${nameOf(node.object)}.${nameOf(node.property)}`;
}

function nameOf(node: unknown): string {
  return typeof node === 'object' && node !== null && 'name' in node && typeof node.name === 'string' ? node.name : '';
}

/** Every exported declaration has a docstring right above it. */
export const documented: Rule = ({ path, text }) => {
  const lines = text.split('\n');
  return lines.flatMap((line, index) => {
    const name = /^export (?:async )?(?:abstract )?(?:function\*?|const|interface|type|class) (\w+)/.exec(line)?.[1];
    // A lint rule that is switched off for the line stands between it and its docstring.
    const above = lines.slice(0, index).findLast((each) => !each.startsWith('// oxlint-'));
    if (name === undefined || above?.trimEnd().endsWith('*/')) return [];
    // Further signatures of an overloaded function share the first one's.
    if (new RegExp(`^export (?:async )?function ${name}\\b`).test(lines[index - 1] ?? '')) return [];
    return [`${path}:${index + 1}: ${name} is exported without a docstring`];
  });
};

// Brackets, so that this line does not find itself.
const laterWords = /\b(TOD[O]|FIXM[E]|XX[X]|HAC[K])\b/g;

/** What is left for later belongs into an issue, not into the source. */
export const finished: Rule = ({ path, text }) =>
  [...text.matchAll(laterWords)].map((match) => `${path}:${lineAt(text, match.index)}: says ${match[0]}`);

const escapes = /@ts-(?:ignore|nocheck|expect-error)|(?:oxlint|eslint)-disable(?![^\n]* -- \S)/g;

/** No type check is switched off, and no lint rule without a reason after ` -- `. */
export const checked: Rule = ({ path, text }) =>
  [...text.matchAll(escapes)].map((match) => `${path}:${lineAt(text, match.index)}: ${match[0]} without a reason`);
