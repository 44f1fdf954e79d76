import { safeStorage } from 'electron'
import { StationError } from '../contract/errors.ts'
import type { Seal } from '../station/host/secrets-file.ts'

/** Seals secrets with a key that the operating system keeps for this user. */
export const keychainSeal: Seal = {
  async close(secret) {
    if (!(await safeStorage.isAsyncEncryptionAvailable())) throw unavailable()
    return (await safeStorage.encryptStringAsync(secret)).toString('base64')
  },
  async open(sealed) {
    try {
      const bytes = Buffer.from(sealed, 'base64')
      const { result, shouldReEncrypt } = await safeStorage.decryptStringAsync(bytes)
      return { secret: result, isStale: shouldReEncrypt }
    } catch {
      throw unavailable()
    }
  },
  describe: () => secrecyWords(process.platform === 'linux' ? backend() : process.platform),
}

function backend(): string {
  return safeStorage.getSelectedStorageBackend()
}

function unavailable(): StationError {
  return new StationError(
    'SECRETS_UNAVAILABLE',
    'The operating system does not give out the key that passwords are sealed with. Unlock its keychain and try again; where the key is lost, enter them anew.',
  )
}

const keepers: Readonly<Record<string, string>> = {
  darwin: 'the macOS Keychain',
  win32: 'Windows (DPAPI)',
  gnome_libsecret: 'the GNOME keyring',
}

function secrecyWords(keeper: string): string {
  const start = 'Passwords and keys are kept on this machine, in a file that only you may read'
  const end = 'They are never sent back to this page.'
  if (keeper === 'basic_text') {
    return `${start}. WARNING: this desktop has no keyring (basic_text), so they are not encrypted in a way that protects them. Install a keyring such as gnome-keyring, or name one with --password-store. ${end}`
  }
  return `${start}, encrypted with a key of ${keepers[keeper] ?? keeper}. ${end}`
}
