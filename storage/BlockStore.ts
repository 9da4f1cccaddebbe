import type { Digest } from "./ContentStore.ts";

/** The largest block that is kept, served or accepted, in bytes: IPFS's own limit, 2 MiB. */
export const maxBlockBytes = 2 * 1024 * 1024;

/** One block of a file: at most 256 KiB of its bytes, or links to other blocks. */
export interface Block {
  /** The sha-256 of `bytes`. */
  digest: Digest;
  bytes: Uint8Array;
}

/**
 * Where the blocks of files are read from. Whoever implements it checks every
 * block against its digest before returning it.
 */
export interface BlockSource {
  /**
   * The bytes of one block.
   *
   * @throws `STORAGE_NOT_FOUND`, `STORAGE_CORRUPT`, `STORAGE_IO`,
   * `STORAGE_UNREACHABLE`, `STORAGE_REFUSED`, `STORAGE_INVALID_DIGEST`.
   */
  getBlock(digest: Digest): Promise<Uint8Array>;

  /** Returns when the block is there and intact; otherwise throws as `getBlock` does. */
  checkBlock(digest: Digest): Promise<void>;
}

/** Where the blocks of files are kept. */
export interface BlockStore extends BlockSource {
  /**
   * Keeps one block; replaces a damaged copy of it.
   *
   * @throws `STORAGE_CORRUPT` when the bytes are not those of the digest, and
   * then keeps nothing; `STORAGE_IO`, `STORAGE_UNREACHABLE`, `STORAGE_REFUSED`.
   */
  putBlock(digest: Digest, bytes: Uint8Array): Promise<void>;
}
