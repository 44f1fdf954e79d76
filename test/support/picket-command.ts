import { execFile } from 'node:child_process'

export interface EndedCommand {
  code: number
  out: string
  error: string
}

/** Runs `picket` with these arguments to its end. `input`: what it reads from standard input. */
export function runPicket(args: readonly string[], input = ''): Promise<EndedCommand> {
  return new Promise((resolve) => {
    const command = execFile(process.execPath, ['src/cli/main.ts', ...args], (failed, out, error) =>
      resolve({ code: failed ? Number(failed.code) : 0, out, error }),
    )
    command.stdin?.end(input)
  })
}
