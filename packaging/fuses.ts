import {
  flipFuses,
  FuseState,
  FuseV1Options,
  FuseVersion,
  getCurrentFuseWire,
} from '@electron/fuses'

/** What the packaged binary can and cannot do, whoever starts it. `security.md`, Binary. */
const fuses = {
  // It is the app and nothing else: not a Node that runs other people's scripts with the app's rights.
  [FuseV1Options.RunAsNode]: false,
  [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: false,
  [FuseV1Options.EnableNodeCliInspectArguments]: false,
  [FuseV1Options.EnableCookieEncryption]: true,
  // Takes effect on macOS and Windows, where the packager writes the hash of the archive down.
  [FuseV1Options.EnableEmbeddedAsarIntegrityValidation]: true,
  [FuseV1Options.OnlyLoadAppFromAsar]: true,
  [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
  // The page comes from app://, never from file://.
  [FuseV1Options.GrantFileProtocolExtraPrivileges]: false,
  [FuseV1Options.WasmTrapHandlers]: true,
} satisfies Record<FuseV1Options, boolean>

/** Sets every fuse of an Electron binary. Throws where it has one that is not decided here. */
export async function setFuses(binary: string): Promise<void> {
  await flipFuses(binary, {
    version: FuseVersion.V1,
    strictlyRequireAllFuses: true,
    resetAdHocDarwinSignature: process.platform === 'darwin',
    ...fuses,
  })
}

/** Reads the fuses of a binary back. Returns those that are not as they must be, by name. */
export async function wrongFuses(binary: string): Promise<string[]> {
  const wire = await getCurrentFuseWire(binary)
  return Object.entries(fuses)
    .filter(([fuse, isOn]) => {
      const expected = isOn ? FuseState.ENABLE : FuseState.DISABLE
      return wire[Number(fuse) as FuseV1Options] !== expected
    })
    .map(([fuse]) => FuseV1Options[Number(fuse)] ?? fuse)
}
