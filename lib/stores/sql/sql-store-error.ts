/** An error of the database, cleared of the values that drivers put into theirs. */

/** Whether an error that a driver threw carries this `code` (text) or `errno` (number). */
export function hasCode(error: unknown, ...codes: readonly (string | number)[]): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { code, errno } = error as { readonly code?: unknown; readonly errno?: unknown };
  return codes.some((known) => known === code || known === errno);
}

/**
 * What a SQL store rejects with when the database fails. Drivers attach the statement, its parameters and
 * the failing row to their errors, and so a hash; this error keeps the driver's code and message alone.
 */
export class SqlStoreError extends Error {
  override readonly name = 'SqlStoreError';
  /** The driver's own code, such as `SQLITE_BUSY`, `57P01` or `ECONNREFUSED`, or `null` without one. */
  readonly code: string | null;

  constructor(database: string, error: unknown) {
    super(`${database}: ${error instanceof Error ? error.message : String(error)}`);
    const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : null;
    this.code = typeof code === 'string' ? code : null;
  }
}
