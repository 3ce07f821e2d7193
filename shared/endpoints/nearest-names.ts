const MOST_NAMES = 3;
/** Longer names are cut for the comparison, which takes time by the product of both lengths. */
const MOST_CHARACTERS = 64;

/** Up to three names that somebody who wrote `wanted` may have meant, the nearest first. */
export function nearestNames(wanted: string, names: readonly string[]): string[] {
  const text = wanted.toLowerCase().slice(0, MOST_CHARACTERS);
  const limit = Math.max(2, Math.floor(text.length / 3));
  return names
    .map((name) => ({ name, distance: editDistance(text, name.toLowerCase().slice(0, MOST_CHARACTERS)) }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1))
    .slice(0, MOST_NAMES)
    .map(({ name }) => name);
}

/** Levenshtein distance: insertions, deletions and replacements from one text to the other. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const replaced = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      const removed = (previous[column] ?? 0) + 1;
      const inserted = (current[column - 1] ?? 0) + 1;
      current.push(Math.min(replaced, removed, inserted));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
