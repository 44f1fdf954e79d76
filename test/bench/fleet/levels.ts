/** As the issue has them: an alarm at this -log10 p of a datapoint or more. Apart from the detector's own constants. */
export const levelScores = { LOW: 4, MEDIUM: 5, HIGH: 6 } as const

export type LevelName = keyof typeof levelScores

export const levelNames = ['LOW', 'MEDIUM', 'HIGH'] as const satisfies LevelName[]
