import fc from 'fast-check'

/**
 * Property tests draw the same values every run, so that a run which fails is one that failed before.
 * PROPERTY_SEED draws others; a failure prints its seed either way.
 */
fc.configureGlobal({ seed: Number(process.env['PROPERTY_SEED'] ?? 1) })
