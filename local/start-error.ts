/** Something a person must mend before the host can start; its message says what, and by which setting. */
export class StartError extends Error {
  override readonly name = 'StartError';
}
