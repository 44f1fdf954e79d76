import { z } from 'zod'

/** All it takes to isolate, again where need be, and to restore. Passwords are not in it. */
export const filesRecord = z.object({
  version: z.literal(1),
  users: z.array(
    z.object({
      name: z.string(),
      /** Lines of the user's own in the access list; one character a byte. */
      topicLines: z.string().array(),
      hadLogin: z.boolean(),
    }),
  ),
})
export type FilesRecord = z.infer<typeof filesRecord>
export type RecordedUser = FilesRecord['users'][number]
