/** Where the page may send a person, in their own browser. Nothing that a device says leads anywhere. */
const hosts: readonly string[] = ['docs.aws.amazon.com', 'mosquitto.org', 'docs.emqx.com']

// SECURITY: https to a few hosts; no other scheme can start a program, no address can carry anything along.
export function openExternal(address: string, open: (url: string) => void): boolean {
  const url = URL.canParse(address) ? new URL(address) : null
  const isPlain = url?.username === '' && url.password === '' && url.port === ''
  if (!url || !isPlain || url.protocol !== 'https:' || !hosts.includes(url.hostname)) return false
  open(url.href)
  return true
}
