/** "Did you mean …?" for messages to developers. */

/** The candidates that a mistyped word may stand for: at most two edits away, nearest first, at most three. */
export function near(word: string, candidates: readonly string[]): string[] {
  const lower = word.toLowerCase();
  return candidates
    .map((candidate) => ({ candidate, edits: distance(lower, candidate.toLowerCase()) }))
    .filter(({ edits, candidate }) => edits <= Math.min(2, candidate.length - 1))
    .sort((a, b) => a.edits - b.edits)
    .slice(0, 3)
    .map(({ candidate }) => candidate);
}

/** A hint for a message: the near candidates, else the first twelve of all. */
export function hint(word: string, candidates: readonly string[]): string {
  const found = near(word, candidates);
  if (found.length > 0) return `did you mean ${found.join(' or ')}?`;
  const rest = candidates.length - 12;
  return `known: ${candidates.slice(0, 12).join(', ')}${rest > 0 ? ` and ${String(rest)} more` : ''}`;
}

/** Levenshtein distance; long words are not measured. */
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return Infinity;
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const replaced = (row[j] as number) + (a[i] === b[j] ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] as number) + 1, (next[j] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
