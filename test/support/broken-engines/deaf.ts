/** An engine that runs and never answers. */
process.on('message', () => undefined)
