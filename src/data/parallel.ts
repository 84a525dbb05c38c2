/**
 * Maps items with a limited number of calls under way, keeping their order. After a failure no further call is started, and those under way
 * are waited for.
 *
 * @param lanes Most calls at once.
 * @throws What the first failing call threw.
 */
export async function mapParallel<T, R>(
  items: readonly T[],
  lanes: number,
  map: (item: T) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  const queue = [...items.entries()].reverse();
  const lane = async (): Promise<void> => {
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      const [index, item] = next;
      try {
        results[index] = await map(item);
      } catch (error) {
        queue.length = 0;
        throw error;
      }
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: lanes }, lane));
  for (const end of ended) if (end.status === "rejected") throw end.reason;
  return results;
}
