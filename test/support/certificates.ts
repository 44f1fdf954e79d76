import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** An authority and what it signed, in a folder: NAME.pem and NAME.key each. */
export interface Authority {
  certificate: string
  /** Signs a certificate for a common name; `address`: for a server there. */
  sign(name: string, address?: string): { cert: string; key: string }
}

/** Makes an authority with `openssl`. */
export function makeAuthority(folder: string, name: string): Authority {
  const own = filesOf(folder, name)
  openssl(['req', '-x509', ...fresh(own.key), '-out', own.cert, '-subj', `/CN=${name}`])
  return {
    certificate: own.cert,
    sign(subject, address) {
      const files = filesOf(folder, `${name}-${subject}`)
      const request = `${files.cert}.request`
      const extensions = `${files.cert}.extensions`
      writeFileSync(extensions, address ? `subjectAltName=IP:${address}\n` : '')
      openssl(['req', ...fresh(files.key), '-out', request, '-subj', `/CN=${subject}`])
      const authority = ['-CA', own.cert, '-CAkey', own.key, '-CAcreateserial']
      const signed = ['-in', request, '-out', files.cert, '-extfile', extensions]
      openssl(['x509', '-req', ...authority, ...signed])
      return files
    },
  }
}

function fresh(key: string): string[] {
  return ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key]
}

function filesOf(folder: string, name: string) {
  return { cert: join(folder, `${name}.pem`), key: join(folder, `${name}.key`) }
}

function openssl(args: string[]): void {
  execFileSync('openssl', args, { stdio: 'ignore' })
}
