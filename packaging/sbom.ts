import { execFileSync } from 'node:child_process'
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

// The list of what ships (CycloneDX): `node packaging/sbom.ts dist/sbom.cdx.json`. npm knows every package with its
// licence and hash; this leaves out what only builds and tests.

interface Bill {
  metadata: { timestamp?: string | undefined; component: { name: string; 'bom-ref': string } }
  serialNumber?: string | undefined
  components: { name: string; 'bom-ref': string; properties?: unknown }[]
  dependencies: { ref: string; dependsOn?: string[] }[]
}

const project = fileURLToPath(new URL('..', import.meta.url))

/** Its npm packages only download it: the binary that ships has none of them. */
const electron = 'electron'

/** The bill of what ships: packages that the source imports, all that those need, and Electron. */
export function billOfMaterials(): Bill {
  const all = JSON.parse(
    execFileSync('npm', ['sbom', '--sbom-format', 'cyclonedx'], {
      cwd: project,
      encoding: 'utf8',
      maxBuffer: 64 << 20,
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  ) as Bill
  const shipped = shippedRefs(all)
  const { component } = all.metadata
  return {
    ...all,
    // Neither the time nor a random number: the same source has the same bill.
    serialNumber: undefined,
    metadata: {
      ...all.metadata,
      timestamp: undefined,
      component: { ...component, name: 'picket' },
    },
    components: all.components
      .filter(({ 'bom-ref': ref }) => shipped.has(ref))
      // To npm, what a bundler takes in is for development only.
      .map((one) => ({ ...one, properties: undefined })),
    dependencies: all.dependencies
      .filter(({ ref }) => shipped.has(ref) || ref === component['bom-ref'])
      .map(({ ref, dependsOn }) => ({
        ref,
        dependsOn: (dependsOn ?? []).filter((needed) => shipped.has(needed) && !isElectron(ref)),
      })),
  }
}

function shippedRefs({ metadata, components, dependencies }: Bill): Set<string> {
  const needs = new Map(dependencies.map(({ ref, dependsOn }) => [ref, dependsOn ?? []]))
  const names = new Map(components.map(({ name, 'bom-ref': ref }) => [ref, name]))
  const imported = importedText()
  const shipped = new Set<string>()
  const open = (needs.get(metadata.component['bom-ref']) ?? []).filter((ref) => {
    const name = names.get(ref) ?? ref
    return name === electron || imported.includes(`'${name}'`) || imported.includes(`'${name}/`)
  })
  for (let ref = open.pop(); ref !== undefined; ref = open.pop()) {
    if (shipped.has(ref)) continue
    shipped.add(ref)
    if (!isElectron(ref)) open.push(...(needs.get(ref) ?? []))
  }
  return shipped
}

function isElectron(ref: string): boolean {
  return ref.startsWith(`${electron}@`)
}

/** Every line of the source that may name a package. */
function importedText(): string {
  const files = globSync('src/**/*.{ts,svelte,css}', { cwd: project })
  return files
    .flatMap((file) => readFileSync(`${project}/${file}`, 'utf8').split('\n'))
    .filter((line) => /\bfrom '|\bimport[ (]'|@import/.test(line))
    .join('\n')
}

const [file] = process.argv.slice(2)
if (import.meta.main && file) {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${JSON.stringify(billOfMaterials(), null, 2)}\n`)
}
