/** Time as the service reads it. */

/** The present in ms since the Unix epoch; tests pass their own. */
export type Clock = () => number;
