/** A reference in a text: `${env:NAME, fallback}`. */
export interface Reference {
  /** What stands before the first comma: `env:NAME`. May hold references of its own. */
  readonly target: Template;
  readonly fallback?: Template;
  /** The reference as it was written. */
  readonly written: string;
  /** Which `${` of the whole text begins it, counted from 0. */
  readonly ordinal: number;
}

/** A text, cut into what is taken as it is and what is looked up. */
export type Template = readonly (string | Reference)[];

/** Why a text cannot be read as a template, and which `${` shows it. */
export interface TemplateProblem {
  readonly why: 'no end' | 'too deep' | 'empty';
  readonly ordinal: number;
  readonly written: string;
}

/** References within references; nobody writes more than two or three. */
const depthMax = 10;

/** Whether a text has anything to look up, or an escape in it. */
export function hasReference(text: string): boolean {
  return text.includes('${');
}

/** Cuts a text at its references. `$${` stands for `${` itself. */
export function parseTemplate(text: string): Template | TemplateProblem {
  const reader: Reader = { text, at: 0, ordinal: 0 };
  return readParts(reader, 0, '');
}

/** Whether cutting a text failed. */
export function isProblem(found: Template | TemplateProblem | Reference): found is TemplateProblem {
  return 'why' in found;
}

/** The references of a text, the inner ones left out. None for a text that cannot be cut. */
export function referencesOf(text: string): readonly Reference[] {
  if (!hasReference(text)) return [];
  const template = parseTemplate(text);
  return isProblem(template) ? [] : template.filter((part) => typeof part !== 'string');
}

interface Reader {
  readonly text: string;
  at: number;
  ordinal: number;
}

/** Reads up to one of the `ends`, which stays unread, or to the end of the text. */
function readParts(reader: Reader, depth: number, ends: string): Template | TemplateProblem {
  const { text } = reader;
  const parts: (string | Reference)[] = [];
  let plain = '';
  while (reader.at < text.length && !ends.includes(text.charAt(reader.at))) {
    if (text.startsWith('$${', reader.at)) {
      plain += '${';
      reader.at += 3;
      reader.ordinal += 1;
    } else if (text.startsWith('${', reader.at)) {
      const reference = readReference(reader, depth + 1);
      if (isProblem(reference)) return reference;
      if (plain !== '') parts.push(plain);
      plain = '';
      parts.push(reference);
    } else {
      plain += text.charAt(reader.at);
      reader.at += 1;
    }
  }
  if (plain !== '') parts.push(plain);
  return parts;
}

function readReference(reader: Reader, depth: number): Reference | TemplateProblem {
  const { text, at: start, ordinal } = reader;
  if (depth > depthMax) return { why: 'too deep', ordinal, written: '${' };
  reader.at += 2;
  reader.ordinal += 1;
  const target = readParts(reader, depth, ',}');
  if (isProblem(target)) return target;
  let fallback: Template | undefined;
  if (text.charAt(reader.at) === ',') {
    reader.at += 1;
    const found = readParts(reader, depth, '}');
    if (isProblem(found)) return found;
    fallback = trimmed(found);
  }
  if (reader.at >= text.length) return { why: 'no end', ordinal, written: text.slice(start, start + 2) };
  reader.at += 1;
  const written = text.slice(start, reader.at);
  if (target.length === 0) return { why: 'empty', ordinal, written };
  return { target: trimmed(target), written, ordinal, ...(fallback && { fallback }) };
}

/** Without the spaces around it, as `${env:NAME, fallback}` is how people write it. */
function trimmed(template: Template): Template {
  return template
    .map((part, index) => {
      if (typeof part !== 'string') return part;
      const left = index === 0 ? part.trimStart() : part;
      return index === template.length - 1 ? left.trimEnd() : left;
    })
    .filter((part) => part !== '');
}
