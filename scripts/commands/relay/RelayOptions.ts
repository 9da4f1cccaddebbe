/** Options that every relay command takes. */
export interface RelayOptions {
  /** Path of the network file. */
  network: string;
  json?: boolean;
}
