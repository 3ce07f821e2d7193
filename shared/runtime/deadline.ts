/**
 * The promise's outcome, or a rejection with `late()` once `remainingMs` have passed. The work itself goes on: nothing
 * that runs a model can be interrupted.
 */
export async function withinDeadline<T>(
  promise: Promise<T>,
  remainingMs: number,
  late: () => Error,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const expiry = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => {
        reject(late());
      },
      Math.max(0, remainingMs),
    );
  });
  try {
    return await Promise.race([promise, expiry]);
  } finally {
    clearTimeout(timer);
  }
}
