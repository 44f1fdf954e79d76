// Planted: detect may not read files. test/unit/boundaries.test.ts expects the rules to refuse this.
import { readFileSync } from 'node:fs'

export const planted = readFileSync
