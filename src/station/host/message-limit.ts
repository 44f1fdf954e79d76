/** Calls are small; anything larger is no page of ours. */
export const largestMessageBytes = 1_048_576
