import { join } from 'node:path'
import type { AfterPackContext } from 'electron-builder'
import { setFuses, wrongFuses } from './fuses.ts'

/** Sets the fuses of a packed app and reads them back, before it is signed. */
export async function afterPack({
  appOutDir,
  packager,
  electronPlatformName,
}: AfterPackContext): Promise<void> {
  const { productFilename } = packager.appInfo
  const binaries: Record<string, string> = {
    darwin: `${productFilename}.app`,
    win32: `${productFilename}.exe`,
  }
  const linuxName = 'executableName' in packager ? String(packager.executableName) : productFilename
  const binary = join(appOutDir, binaries[electronPlatformName] ?? linuxName)
  await setFuses(binary)
  const wrong = await wrongFuses(binary)
  if (wrong.length > 0) throw new Error(`These fuses of ${binary} are not set: ${wrong.join(', ')}`)
}
