/** An option, bounded so that a slip of the hand does not fill the machine. Throws RangeError. */
export function wholeNumber(
  name: string,
  text: string,
  { least, most }: { least: number; most: number },
): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= least && value <= most) return value
  throw new RangeError(`--${name} is a whole number from ${least} to ${most}`)
}
