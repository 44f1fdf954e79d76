/** Works on so many items at once; the answers are in the order of the items. */
export async function inParallel<Item, Answer>(
  items: readonly Item[],
  { atOnce, work }: { atOnce: number; work: (item: Item) => Promise<Answer> },
): Promise<Answer[]> {
  const answers: Answer[] = []
  const queue = items.entries()
  const take = async () => {
    for (const [index, item] of queue) answers[index] = await work(item)
  }
  await Promise.all(Array.from({ length: atOnce }, take))
  return answers
}
