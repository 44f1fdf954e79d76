/** Who did something, as the source can tell. All hostile text; an address is without its port. */
export interface Party {
  clientId: string | null
  /** Of a login that was accepted; for a refused attempt, what was claimed. */
  username: string | null
  /** The common name of a client certificate that was verified. */
  certificateName: string | null
  address: string | null
}

/** What a device can be named after. */
export const identityKinds = ['username', 'certificate', 'clientId'] as const
export type IdentityKind = (typeof identityKinds)[number]

export interface IdentityRule {
  /** The first of these that a party has names its device. */
  identity: readonly IdentityKind[]
  /**
   * From a party's name to its device's: `{ 'plc-7': 'pump-7' }`, or patterns, `{ 'plant-{device}': '{device}' }`.
   * A whole name goes before patterns, and those in their order. Other names stay as they are.
   */
  deviceNames: Readonly<Record<string, string>>
}

export const usualIdentity: IdentityRule = { identity: identityKinds, deviceNames: {} }

/** What stands for the device's name in a pattern. */
const placeholder = '{device}'

/** The device's name that a rule gives a party, or null where it has none. The name may be unusable. */
export type NameOf = (party: Party) => string | null

/** Makes ready to apply a rule to many parties. */
export function createNaming({ identity, deviceNames }: IdentityRule): NameOf {
  const whole = new Map(Object.entries(deviceNames).filter(([from]) => !from.includes(placeholder)))
  const patterns = Object.entries(deviceNames)
    .filter(([from]) => from.includes(placeholder))
    .map(([from, to]) => patternOf(from, to))

  function renamed(name: string): string {
    const exact = whole.get(name)
    if (exact !== undefined) return exact
    for (const apply of patterns) {
      const found = apply(name)
      if (found !== null) return found
    }
    return name
  }

  return (party) => {
    const name = nameIn(party, identity)
    return name === null ? null : renamed(name)
  }
}

function nameIn(party: Party, order: readonly IdentityKind[]): string | null {
  for (const kind of order) {
    const name = fieldOf(party, kind)
    if (name) return name
  }
  return null
}

function fieldOf(party: Party, kind: IdentityKind): string | null {
  if (kind === 'username') return party.username
  return kind === 'certificate' ? party.certificateName : party.clientId
}

/** Plain text but for the placeholder, so that no name of a device can be slow to match. */
function patternOf(from: string, to: string): (name: string) => string | null {
  const [before = '', after = ''] = from.split(placeholder)
  return (name) => {
    const isMatch = name.startsWith(before) && name.endsWith(after)
    const device = name.slice(before.length, name.length - after.length)
    return isMatch && name.length > before.length + after.length
      ? to.replace(placeholder, () => device)
      : null
  }
}
