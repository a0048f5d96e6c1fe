import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { TlsPair } from './fake-hub.js';

/** A self-signed certificate for a name, valid for a day. */
export interface Certificate extends TlsPair {
  /** Its file, for NODE_EXTRA_CA_CERTS. */
  readonly file: string;
}

/** Makes a certificate with openssl. @returns undefined without openssl */
export function makeCertificate(name: string, folder: string): Certificate | undefined {
  const [key, file] = [path.join(folder, 'key.pem'), path.join(folder, 'cert.pem')];
  const options = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1'];
  const names = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`];
  try {
    execFileSync('openssl', ['req', ...options, ...names, '-keyout', key, '-out', file], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  return { file, cert: readFileSync(file, 'utf8'), key: readFileSync(key, 'utf8') };
}
