/** An engine that ends as soon as it is started. */
throw new TypeError('made to crash')
