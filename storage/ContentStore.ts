/**
 * A file's name on chain: the 32-byte sha-256 digest inside its CIDv0, as
 * lower-case hex. One content has one digest, and one digest one content.
 */
export type Digest = `0x${string}`;

/** The largest file a store takes or gives unless told otherwise, in bytes (64 MiB). */
export const defaultMaxFileBytes = 64 * 1024 * 1024;

/**
 * A place that keeps files under their digest and gives back exactly those
 * bytes or an error, never others.
 *
 * @example
 * const digest = await store.put(modelBytes); // "0x8d1c…": goes on chain
 * const again = await store.get(digest); // equal to modelBytes
 */
export interface ContentStore {
  /**
   * Keeps a file and returns its digest. Putting the same bytes again, even at
   * the same time, is harmless and repairs damaged copies.
   *
   * @throws `STORAGE_TOO_LARGE` above the store's limit; `STORAGE_IO` when the
   * disk fails; `STORAGE_UNREACHABLE` or `STORAGE_REFUSED` when no server
   * takes it.
   */
  put(bytes: Uint8Array): Promise<Digest>;

  /**
   * The bytes of a file, each block checked against its digest on the way.
   *
   * @param mostBytes - The largest file that the caller takes; the store's own limit holds besides. A larger one is
   * refused by its first block, before any other is fetched.
   * @throws `STORAGE_NOT_FOUND` when a block is missing (retryable: somebody
   * may still be putting it); `STORAGE_CORRUPT` when a block's bytes are not
   * those of its CID; `STORAGE_MALFORMED` when the digest names something that
   * no `put` can have produced; `STORAGE_TOO_LARGE`; `STORAGE_INVALID_DIGEST`;
   * `STORAGE_IO`; `STORAGE_UNREACHABLE` or `STORAGE_REFUSED` from servers.
   */
  get(digest: Digest, mostBytes?: number): Promise<Uint8Array>;

  /**
   * Whether every block of the file is there and intact: `false` means that
   * a `put` of the right bytes is needed before `get` can succeed.
   *
   * @throws as `get` does when it cannot tell: `STORAGE_INVALID_DIGEST`,
   * `STORAGE_IO`, `STORAGE_UNREACHABLE`, `STORAGE_REFUSED`.
   */
  has(digest: Digest): Promise<boolean>;
}
