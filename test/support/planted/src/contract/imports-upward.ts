// Planted: the contract may not import from the folders built on it.
import { planted } from '../detect/reads-a-file.ts'

export const upward = planted
