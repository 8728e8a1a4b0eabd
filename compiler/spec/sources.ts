/** What is known of a file that a variable names. */
export type FileAnswer =
  | { readonly is: 'text'; readonly text: string }
  /** `near`: what is there in its folder, for a "did you mean". */
  | { readonly is: 'missing'; readonly near: readonly string[] }
  /** It lies outside the project's folder. */
  | { readonly is: 'outside' }
  | { readonly is: 'unusable'; readonly why: string };

/** What variables may ask of the machine. Given to the reader, which touches neither disk nor processes itself. */
export interface Sources {
  /** `path` as it was written; relative to the folder of the config. */
  readFile(path: string): FileAnswer;
  /** The commit or the branch that is checked out; undefined where there is none. */
  git(what: 'sha' | 'branch'): string | undefined;
}
