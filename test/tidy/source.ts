import { stripTypeScriptTypes } from 'node:module';
import { parse } from 'acorn';
import type { Node, Program } from 'acorn';
import { full } from 'acorn-walk';

/** One import of a module, in any form. */
export interface Import {
  readonly from: string;
  readonly line: number;
  /** `type` is erased, `static` is loaded with the file, `dynamic` when the code gets there. */
  readonly form: 'type' | 'static' | 'dynamic';
}

/** What the rules look at in one file. */
export interface Source {
  /** Relative to the repository, with slashes. */
  readonly path: string;
  readonly text: string;
  readonly program: Program;
  readonly imports: readonly Import[];
}

/** Parses one TypeScript file. Types are blanked out by Node.js itself, so that positions stay as they are. */
export function readSource(path: string, text: string): Source {
  const program = parse(stripTypeScriptTypes(text), {
    ecmaVersion: 'latest',
    sourceType: 'module',
    locations: true,
    allowHashBang: true,
  });
  return { path, text, program, imports: [...importsOf(program), ...typeImportsOf(text)] };
}

function* importsOf(program: Program): Generator<Import> {
  for (const node of program.body) {
    if (
      node.type !== 'ImportDeclaration' &&
      node.type !== 'ExportNamedDeclaration' &&
      node.type !== 'ExportAllDeclaration'
    )
      continue;
    if (typeof node.source?.value === 'string') yield { from: node.source.value, line: lineOf(node), form: 'static' };
  }
  const found: Import[] = [];
  full(program, (node) => {
    if (node.type !== 'ImportExpression' || !('source' in node)) return;
    const source: unknown = node.source;
    if (typeof source !== 'object' || source === null || !('value' in source) || typeof source.value !== 'string')
      return;
    found.push({ from: source.value, line: lineOf(node), form: 'dynamic' });
  });
  yield* found;
}

/** The declarations that are gone after blanking. The formatter has them start their line. */
function* typeImportsOf(text: string): Generator<Import> {
  for (const match of text.matchAll(/^(?:import|export) type [^;]*? from '([^']+)'/gm)) {
    yield { from: match[1] ?? '', line: lineAt(text, match.index), form: 'type' };
  }
}

export function lineOf(node: Node): number {
  return node.loc?.start.line ?? 0;
}

export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}
