import { execFile } from 'node:child_process';
import { chownSync, lchownSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** How to run a program that refuses to run as root. */
export interface Unprivileged {
  /** Put in front of the program and its arguments. */
  readonly prefix: readonly string[];
  /** Who must own the files, as seen from here. */
  readonly uid: number;
  readonly gid: number;
}

/**
 * PostgreSQL refuses uid 0. An ordinary user runs it as it is. Root runs it in a user namespace, where the uid reads as
 * nobody's while access to files stays root's, so a checkout below a folder of mode 0700 works. Where namespaces are
 * forbidden (many containers) it runs as nobody with the one capability that opens such folders.
 */
export async function findUnprivileged(): Promise<Unprivileged> {
  const uid = process.getuid?.() ?? 1;
  const gid = process.getgid?.() ?? 1;
  if (uid !== 0) return { prefix: [], uid, gid };
  const other = unprivilegedUser();
  const namespace = ['unshare', '-U', `--map-user=${other.uid}`, `--map-group=${other.gid}`, '--'];
  if (await runs(namespace)) return { prefix: namespace, uid, gid };
  const caps = ['--inh-caps=+dac_override', '--ambient-caps=+dac_override'];
  const user = ['setpriv', `--reuid=${other.uid}`, `--regid=${other.gid}`, '--clear-groups', ...caps, '--'];
  if (await runs(user)) return { prefix: user, ...other };
  throw new Error(
    'PostgreSQL does not run as root, and neither "unshare" nor "setpriv" (package util-linux) can run it as someone else here. ' +
      'Run this command as an ordinary user.',
  );
}

async function runs(prefix: readonly string[]): Promise<boolean> {
  const [program = '', ...args] = prefix;
  return promisify(execFile)(program, [...args, 'true']).then(
    () => true,
    () => false,
  );
}

/** PostgreSQL wants its uid to have a name: nobody's, else that of the first user that is not root. */
function unprivilegedUser(): { readonly uid: number; readonly gid: number } {
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .map(([name, , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }))
    .filter((user) => user.uid > 0);
  const found = users.find((user) => user.name === 'nobody') ?? users[0];
  if (!found) throw new Error('/etc/passwd lists no user but root; PostgreSQL needs one');
  return { uid: found.uid, gid: found.gid };
}

/** Hands a folder and all in it to the uid that PostgreSQL runs as; only root can, and only root needs to. */
export function handOver(folder: string, to: Unprivileged): void {
  if (process.getuid?.() !== 0 || lstatSync(folder).uid === to.uid) return;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    lchownSync(join(entry.parentPath, entry.name), to.uid, to.gid);
  }
  chownSync(folder, to.uid, to.gid);
}
