export { inert, inertShort } from '../../contract/words/inert.ts'
