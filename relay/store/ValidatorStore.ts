import type Database from "better-sqlite3";

import type { Announcement, Delivery, SentMessage } from "../../chains/clients/GatewayClient.ts";
import type { BlockMark } from "../../chains/rpc/readHeader.ts";
import type { FollowerStore } from "../reading/GatewayFollower.ts";
import { BLOCK_TABLE, BlockTable } from "./BlockTable.ts";
import { LEAF_TABLE, LeafTable } from "./LeafTable.ts";
import { openDatabase } from "./openDatabase.ts";
import { Statements } from "./Statements.ts";
import { FENCE_TABLE, VOUCHER_TABLE, VoucherTable } from "./VoucherTable.ts";
import { VALIDATOR_STEPS } from "./validatorSteps.ts";

/**
 * What a validator read and, above all, what it signed. A signature is on the disk
 * before anyone sees it, and for one place of one gateway there can be only one.
 */
export class ValidatorStore implements FollowerStore {
  readonly leaves: LeafTable;
  readonly vouchers: VoucherTable;
  readonly #blocks: BlockTable;
  readonly #statements: Statements;
  readonly #database: Database.Database;

  /**
   * @param path - File, or ":memory:".
   * @throws as `openDatabase`.
   */
  constructor(path: string) {
    this.#database = openDatabase(
      path,
      {
        owner: "validator",
        tables: [BLOCK_TABLE, LEAF_TABLE, VOUCHER_TABLE, FENCE_TABLE],
        steps: VALIDATOR_STEPS,
      },
      { durable: true },
    );
    this.#statements = new Statements(this.#database);
    this.#blocks = new BlockTable(this.#statements);
    this.leaves = new LeafTable(this.#statements);
    this.vouchers = new VoucherTable(this.#statements);
  }

  close(): void {
    this.#database.close();
  }

  cursor(chain: bigint): BlockMark | undefined {
    return this.#blocks.cursor(chain);
  }

  marks(chain: bigint): BlockMark[] {
    return this.#blocks.marks(chain);
  }

  ids(chain: bigint): string[] {
    return this.leaves.ids(chain);
  }

  count(chain: bigint): number {
    return this.leaves.count(chain);
  }

  advance(
    chain: bigint,
    mark: BlockMark,
    sent: readonly SentMessage[],
    _delivered: readonly Delivery[],
    announced: readonly Announcement[] = [],
  ): void {
    // What a power cut takes of this is read again; a signature takes it to the disk as well.
    this.#statements.transaction(() => {
      this.leaves.add(chain, sent);
      this.leaves.addAnnounced(chain, announced);
      this.#blocks.move(chain, mark);
    }, "NORMAL");
  }

  /** Forgets what was read, never what was signed. */
  rewind(chain: bigint, to: BlockMark | undefined): void {
    const after = to?.number ?? -1;
    this.#statements.transaction(() => {
      this.#blocks.forgetAfter(chain, after);
      this.leaves.forgetAfter(chain, after);
    }, "NORMAL");
  }
}
