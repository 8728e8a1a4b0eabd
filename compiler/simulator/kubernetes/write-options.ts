/** How a write is to be done, and by whom. */
export interface WriteOptions {
  /** The field manager. */
  readonly manager: string;
  readonly dryRun: boolean;
  readonly fieldValidation: 'Strict' | 'Warn' | 'Ignore';
  readonly subresource?: 'status' | 'scale';
  /** The text of a `Warning` header. */
  readonly warn: (text: string) => void;
}

/** What the parts of the local cloud itself write with. */
export const inside = (manager: string, subresource?: 'status'): WriteOptions => ({
  manager,
  dryRun: false,
  fieldValidation: 'Ignore',
  warn: () => undefined,
  ...(subresource ? { subresource } : {}),
});
