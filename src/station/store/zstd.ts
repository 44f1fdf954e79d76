import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'

const magic = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd)
/** Far more than any column of a day; keeps damaged bytes from unpacking without end. */
const maxOutputLength = 64 * 1024

const settings = {
  params: {
    [constants.ZSTD_c_compressionLevel]: 3,
    // The reader knows the length, so it need not be written.
    [constants.ZSTD_c_contentSizeFlag]: 0,
  },
}

/** A zstd frame without its four fixed first bytes, which would be a good part of a small block. */
export function squeeze(bytes: Uint8Array): Uint8Array {
  return zstdCompressSync(bytes, settings).subarray(magic.length)
}

export function unsqueeze(bytes: Uint8Array): Uint8Array {
  return zstdDecompressSync(Buffer.concat([magic, bytes]), { maxOutputLength })
}
