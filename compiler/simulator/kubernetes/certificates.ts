import { generate } from 'selfsigned';
import type { Table } from '../store.ts';

/** A server certificate with its key, and the authority that signed it; all PEM. */
export interface Certificates {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

const tenYears = 3650 * 24 * 3600 * 1000;

/** The cluster's own authority and its server certificate for the loopback address: made once, then kept. */
export async function certificates(table: Table<Certificates>): Promise<Certificates> {
  const kept = table.get('certificates');
  if (kept) return kept;
  const notAfterDate = new Date(Date.now() + tenYears);
  const common = { keyType: 'ec', curve: 'P-256', algorithm: 'sha256', notAfterDate } as const;
  const authority = await generate([{ name: 'commonName', value: 'hello local cloud' }], {
    ...common,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, digitalSignature: true, critical: true },
    ],
  });
  const server = await generate([{ name: 'commonName', value: 'kubernetes' }], {
    ...common,
    ca: { key: authority.private, cert: authority.cert },
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 7, ip: '127.0.0.1' },
          { type: 2, value: 'localhost' },
        ],
      },
    ],
  });
  const made = { ca: authority.cert, cert: server.cert, key: server.private };
  table.set('certificates', made);
  return made;
}
