/** Runes only: the older way of writing components does not compile. */
export default { compilerOptions: { runes: true } }
