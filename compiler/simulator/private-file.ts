import { renameSync, writeFileSync } from 'node:fs';

/** Writes a file that only its owner reads. A reader sees the old text or the new one, never a part. */
export function writePrivate(file: string, text: string): void {
  const fresh = `${file}.${process.pid}.new`;
  writeFileSync(fresh, text, { mode: 0o600 });
  renameSync(fresh, file);
}
