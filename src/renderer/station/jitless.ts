import { z } from 'zod'

// The content security policy forbids code made at run time. Must be imported before any schema is made.
z.config({ jitless: true })
