import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** Who may use the page: holders of a session, got for a one-time token; and the CLI, by its key. */
export interface Sessions {
  /** A token for one sign-in, good for ten minutes. */
  issueToken(): string
  /** A session for a token, or null where it is unknown, used or too old. */
  redeem(token: string): string | null
  isSession(session: string | undefined): boolean
  /** The key that the station's own user reads from the data folder. */
  readonly cliKey: string
  isCliKey(key: string | undefined): boolean
}

const tokenLifeMs = 600_000
const sessionLifeMs = 12 * 3_600_000
const mostTokens = 20
const mostSessions = 200

export function createSessions(now: () => number = Date.now): Sessions {
  const tokens = new Map<string, number>()
  const sessions = new Map<string, number>()
  const cliKey = secret()

  function redeem(token: string): string | null {
    const issuedAt = tokens.get(digest(token))
    if (issuedAt === undefined || now() - issuedAt > tokenLifeMs) return null
    tokens.delete(digest(token))
    return remember(sessions, mostSessions, now())
  }

  function isSession(session: string | undefined): boolean {
    const usedAt = session === undefined ? undefined : sessions.get(digest(session))
    if (session === undefined || usedAt === undefined || now() - usedAt > sessionLifeMs)
      return false
    sessions.set(digest(session), now())
    return true
  }

  return {
    cliKey,
    redeem,
    isSession,
    issueToken: () => remember(tokens, mostTokens, now()),
    isCliKey: (key) => key !== undefined && timingSafeEqual(hash(key), hash(cliKey)),
  }
}

/** Keeps the digest of a new secret, and forgets the oldest where there are too many. */
function remember(kept: Map<string, number>, most: number, at: number): string {
  const oldest = kept.keys().next().value
  if (kept.size >= most && oldest !== undefined) kept.delete(oldest)
  const made = secret()
  kept.set(digest(made), at)
  return made
}

function secret(): string {
  return randomBytes(32).toString('base64url')
}

function digest(text: string): string {
  return hash(text).toString('hex')
}

function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
