/** What a connection that failed means to a person, and what to do. `where`: host and port. */
export function failureSentence(error: unknown, where: string): string {
  const { code, detail } = factsOf(error)
  const known = answers[code] ?? words[code]
  if (known) return known(where, detail)
  if (code.startsWith('ERR_OSSL_')) return unreadablePem(where, detail)
  if (code.startsWith('ERR_SSL_')) return `${where} and Picket found no way to encrypt: ${detail}.`
  return `${where} could not be used: ${detail}.`
}

/** MQTT 3.1.1, table 3.1, and the reasons of MQTT 5 that mean the same. */
const answers: Record<string, ((where: string) => string) | undefined> = {
  1: (where) => `${where} speaks no version of MQTT that Picket does.`,
  2: clientIdRefused,
  3: unavailable,
  4: loginRefused,
  5: notAuthorized,
  133: clientIdRefused,
  134: loginRefused,
  135: notAuthorized,
  136: unavailable,
}

const words: Record<string, ((where: string, detail: string) => string) | undefined> = {
  ENOTFOUND: noSuchName,
  EAI_AGAIN: (where) =>
    `The name of ${where} could not be looked up: the name server does not answer.`,
  ECONNREFUSED: (where) =>
    `Nothing listens on ${where}: the machine answered that the port is closed. Is the broker running, and is this its port?`,
  ECONNRESET: cutOff,
  ETIMEDOUT: noAnswer,
  EHOSTUNREACH: noWay,
  ENETUNREACH: noWay,
  EARLY_END: cutOff,
  SELF_SIGNED_CERT_IN_CHAIN: unknownAuthority,
  DEPTH_ZERO_SELF_SIGNED_CERT: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownAuthority,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownAuthority,
  CERT_SIGNATURE_FAILURE: unknownAuthority,
  ERR_TLS_CERT_ALTNAME_INVALID: (where, detail) =>
    `The certificate of ${where} is for another name: ${detail}. Use the name that stands in it as the address.`,
  CERT_HAS_EXPIRED: (where) =>
    `The certificate of ${where} has expired. It needs a new one; also check this machine's clock.`,
  CERT_NOT_YET_VALID: (where) =>
    `The certificate of ${where} is not valid yet. Check the clocks of both machines.`,
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: certificateAsked,
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: certificateAsked,
  'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE': certificateAsked,
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: certificateRefused,
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: certificateRefused,
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: certificateRefused,
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: certificateRefused,
  ERR_SSL_WRONG_VERSION_NUMBER: (where) =>
    `${where} does not speak TLS on this port. Use the broker's TLS port, or mqtt:// if it has none.`,
}

function noSuchName(where: string): string {
  return `The name of ${where} is not known to the name server of the station's machine. Check the spelling, or use its IP address.`
}

function noAnswer(where: string): string {
  return `${where} did not answer in time. A firewall may drop what is sent there, or the address is wrong.`
}

function noWay(where: string): string {
  return `The station's machine has no way to ${where}: the network is not reachable from there.`
}

function cutOff(where: string): string {
  return `${where} closed the connection without a word of MQTT. Does this port expect TLS (mqtts://), or is it another service?`
}

function unknownAuthority(where: string): string {
  return `The certificate of ${where} was signed by an authority that Picket does not know. Give the certificate of the site's own authority.`
}

function certificateAsked(where: string): string {
  return `${where} asks for a client certificate. Give one, with its key.`
}

function certificateRefused(where: string): string {
  return `${where} does not accept the client certificate: it was signed by an authority that the broker does not know, or has expired.`
}

function unreadablePem(_where: string, detail: string): string {
  return `A certificate or key cannot be read, or they do not belong together: ${detail}.`
}

function clientIdRefused(where: string): string {
  return `${where} does not accept the client id. Give the one that the broker expects.`
}

function unavailable(where: string): string {
  return `${where} says that it is not available at the moment.`
}

function loginRefused(where: string): string {
  return `${where} refused the login: the user name or the password is wrong.`
}

function notAuthorized(where: string): string {
  return `${where} refused the login: not authorized. The user name or password is wrong or missing, or this client may not connect.`
}

/** The words of others are cut short: they may be anything. */
const longestDetail = 200

function factsOf(error: unknown): { code: string; detail: string } {
  if (!(error instanceof Error)) return { code: '', detail: 'it is not known why' }
  const code = 'code' in error ? error.code : ''
  const reason = 'reason' in error && typeof error.reason === 'string' ? error.reason : null
  const detail = (reason ?? error.message).replace(/\.$/, '').slice(0, longestDetail)
  return { code: String(code), detail }
}
