import { LineCounter, isAlias, isMap, isNode, isScalar, isSeq, parseDocument } from 'yaml';
import type { Document as YamlDocument, Pair, Scalar, YAMLMap } from 'yaml';
import { fail, ok, problem, type Diagnostic, type Result, type SourceSpan } from '../base/diagnostic.ts';
import type { Path } from '../base/json.ts';

/** A config is a page of text; more than this is a wrong file, and only costs time to parse. */
const charactersMax = 1024 * 1024;

/** A YAML (or JSON) text that was understood, and where everything stands in it. */
export interface Document {
  /** Plain data. May hold the same object twice where the text used an alias. */
  readonly value: unknown;
  /** Where the value at `path` stands, or its key `key`; the nearest parent's place for what isn't there. */
  locate(path: Path, key?: string): SourceSpan;
  /** Where the `${` of this number, counted from 0, stands in the text at `path`. */
  locateReference(path: Path, ordinal: number, length: number): SourceSpan;
  /** The text of a scalar as it was written (`1e3`, `yes`), before YAML made a number or a boolean of it. */
  written(path: Path): string | undefined;
}

/** Reads a text. One diagnostic a line at most: the parser tends to report one mistake several times. */
export function parseText(text: string, file: string): Result<Document> {
  const spans = spansOf(text, file);
  const unreadable = unreadableText(text, spans);
  if (unreadable) return fail([unreadable]);
  try {
    const document = parseDocument(text, { lineCounter: spans.counter, prettyErrors: false, logLevel: 'error' });
    if (document.errors.length > 0) return fail(syntaxErrors(document, spans));
    const value: unknown = document.toJS({ maxAliasCount: 100 });
    assertPlain(value, new Set(), new Set());
    return ok({
      value,
      locate: (path, key) => locate(document, spans, path, key),
      locateReference: (path, ordinal, length) =>
        referenceSpan(scalarAt(document, path), text, ordinal, length, spans) ?? locate(document, spans, path),
      written: (path) => scalarAt(document, path)?.source,
    });
  } catch (error) {
    return fail([tooDeep(error, spans)]);
  }
}

interface Spans {
  readonly counter: LineCounter;
  at(start: number, end: number): SourceSpan;
}

function spansOf(text: string, file: string): Spans {
  const counter = new LineCounter();
  const lines = text.split(/\r?\n/);
  const at = (start: number, end: number): SourceSpan => {
    const { line, col } = counter.lineStarts.length > 0 ? counter.linePos(start) : { line: 1, col: 1 };
    const whole = (lines[line - 1] ?? '').replace(/^\uFEFF/, '');
    const hidden = line === 1 && text.startsWith('\uFEFF') ? 1 : 0; // the parser counts a byte order mark as a column
    const column = Math.max(1, Math.min(col - hidden, whole.length + 1));
    return { file, line, column, length: Math.max(1, Math.min(end - start, whole.length - column + 1)), text: whole };
  };
  return { counter, at };
}

function unreadableText(text: string, spans: Spans): Diagnostic | undefined {
  const top = spans.at(0, 1);
  if (text.length > charactersMax) {
    const short = { ...top, text: top.text.slice(0, 120), length: 1 };
    return problem('HELLO1003', 'the file is larger than 1 MiB', {
      at: short,
      fix: 'Give the path of a hello config.',
    });
  }
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  const odd = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFD]/.exec(text);
  if (!odd) return undefined;
  const before = text.slice(0, odd.index).split('\n');
  const line = text.split(/\r?\n/)[before.length - 1] ?? '';
  const at = { file: top.file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1, length: 1, text: line };
  const what = odd[0] === '\uFFFD' ? 'bytes that are not UTF-8' : `a control character (U+${hex(odd[0])})`;
  return problem('HELLO1003', `the file holds ${what}`, { at, fix: 'Save the file as plain UTF-8 text.' });
}

function hex(character: string): string {
  return character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
}

function syntaxErrors(document: YamlDocument, spans: Spans): Diagnostic[] {
  const byLine = new Map<number, Diagnostic>();
  for (const error of document.errors) {
    const at = spans.at(error.pos[0], error.pos[1]);
    if (!byLine.has(at.line)) byLine.set(at.line, syntaxProblem(error.code, error.message, at));
  }
  return [...byLine.values()].toSorted((a, b) => (a.at?.line ?? 0) - (b.at?.line ?? 0)).slice(0, 20);
}

function syntaxProblem(code: string, message: string, at: SourceSpan): Diagnostic {
  if (code === 'DUPLICATE_KEY') {
    return problem('HELLO1003', 'the same key stands here twice', { at, fix: 'Keep one of the two.' });
  }
  if (code === 'MULTIPLE_DOCS') {
    return problem('HELLO1003', 'the file holds more than one YAML document', {
      at,
      fix: 'Keep one document a file: remove the `---`.',
    });
  }
  if (code === 'TAB_AS_INDENT') {
    return problem('HELLO1003', 'a tab is used for indentation', { at, fix: 'Indent with spaces.' });
  }
  const first = message.split('\n')[0] ?? message;
  return problem('HELLO1003', first.charAt(0).toLowerCase() + first.slice(1), { at });
}

/** Nobody nests a config like this; what walks it may rely on its end. */
const depthMax = 100;

/** Throws for a value that is nested too deeply, or that holds itself: aliases can do that. */
function assertPlain(value: unknown, above: Set<unknown>, done: Set<unknown>): void {
  if (typeof value !== 'object' || value === null || done.has(value)) return;
  if (above.has(value)) throw new ReferenceError('an alias stands inside of its own anchor');
  if (above.size >= depthMax) throw new RangeError('nested too deeply');
  above.add(value);
  for (const member of Object.values(value)) assertPlain(member, above, done);
  above.delete(value);
  done.add(value);
}

function tooDeep(error: unknown, spans: Spans): Diagnostic {
  const aliases = error instanceof ReferenceError;
  const what = aliases ? 'the aliases of the file expand without end' : 'the file is nested too deeply to read';
  return problem('HELLO1003', what, {
    at: spans.at(0, 1),
    fix: aliases ? 'Write the values out.' : 'A hello config is at most four levels deep.',
  });
}

function locate(document: YamlDocument, spans: Spans, path: Path, key?: string): SourceSpan {
  let node: unknown = document.contents;
  let owner: unknown; // the nearest key or list item that is there
  for (const part of path) {
    const found = step(document, node, part);
    if (!found) return spanOfOwner(spans, owner, document.contents);
    owner = found.pair?.key ?? found.node;
    node = found.node;
  }
  if (key !== undefined) {
    const pair = pairOf(document, node, key);
    return pair ? spanOfNode(spans, pair.key) : spanOfOwner(spans, owner, document.contents);
  }
  return isNodeWithText(node) ? spanOfNode(spans, node) : spanOfOwner(spans, owner, document.contents);
}

function step(
  document: YamlDocument,
  parent: unknown,
  part: string | number,
): { node: unknown; pair?: Pair } | undefined {
  const node = isAlias(parent) ? parent.resolve(document) : parent;
  if (isSeq(node)) {
    const item: unknown = node.items[Number(part)];
    return item === undefined ? undefined : { node: item };
  }
  const pair = pairOf(document, node, String(part));
  return pair && { node: pair.value, pair };
}

function pairOf(document: YamlDocument, parent: unknown, key: string): Pair | undefined {
  const node = isAlias(parent) ? parent.resolve(document) : parent;
  if (!isMap(node)) return undefined;
  return pairsOf(node).get(key);
}

/** Kept for each map, as many values of one are looked for. */
const pairs = new WeakMap<YAMLMap, ReadonlyMap<string, Pair>>();

function pairsOf(map: YAMLMap): ReadonlyMap<string, Pair> {
  const known = pairs.get(map);
  if (known) return known;
  const made = new Map(
    map.items.map((pair) => [isScalar(pair.key) ? String(pair.key.value) : String(pair.key), pair] as const),
  );
  pairs.set(map, made);
  return made;
}

function isNodeWithText(node: unknown): boolean {
  const range = rangeOf(node);
  return range ? range[1] > range[0] : false;
}

function rangeOf(node: unknown): readonly [number, number, number] | undefined {
  return isNode(node) ? (node.range ?? undefined) : undefined;
}

function spanOfNode(spans: Spans, node: unknown): SourceSpan {
  const range = rangeOf(node);
  return range ? spans.at(range[0], range[1]) : spans.at(0, 1);
}

/** A value that isn't there is shown at the key that should hold it; at the top of the file there is no such key. */
function spanOfOwner(spans: Spans, owner: unknown, contents: unknown): SourceSpan {
  if (owner) return spanOfNode(spans, owner);
  const start = rangeOf(contents)?.[0] ?? 0;
  return spans.at(start, start + 1);
}

function scalarAt(document: YamlDocument, path: Path): Scalar | undefined {
  let node: unknown = document.contents;
  for (const part of path) node = step(document, node, part)?.node;
  const scalar = isAlias(node) ? node.resolve(document) : node;
  return isScalar(scalar) ? scalar : undefined;
}

/** Found in the source itself, where quotes, escapes and folded lines have moved it from its place in the value. */
function referenceSpan(
  scalar: Scalar | undefined,
  text: string,
  ordinal: number,
  length: number,
  spans: Spans,
): SourceSpan | undefined {
  const [from, to] = rangeOf(scalar) ?? [0, 0];
  let at = from - 1;
  for (let count = 0; count <= ordinal; count += 1) {
    at = text.indexOf('${', at + 1);
    if (at < 0 || at >= to) return undefined;
  }
  return spans.at(at, at + length);
}
