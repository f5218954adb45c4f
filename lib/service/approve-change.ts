/** Who asks for a change may be held to less than what the fields allow: the approval that settles it. */
import type { KeyInfo } from './key-info';

/**
 * Asked before a change is written, with the key as it would be and as it is (`null` for a new key); throws to
 * refuse. When another change came between, it is asked again with what is stored then, so what it approved
 * is what is written.
 */
export type ApproveChange = (after: KeyInfo, before: KeyInfo | null) => void;
