/** What a message is named by. */
export const ID_ARGUMENT =
  "the message: its id, or the first digits of it (relay status --from-chains shows ids)";

/** Options that every relay command takes. */
export interface RelayOptions {
  /** Path of the network file. */
  network: string;
  /** Path of a node file. */
  node?: string;
  json?: boolean;
}
