import type Database from "better-sqlite3";

import type { Announcement, Delivery, SentMessage } from "../../chains/clients/GatewayClient.ts";
import type { BlockMark } from "../../chains/rpc/readHeader.ts";
import type { FollowerStore } from "../reading/GatewayFollower.ts";
import { ANNOUNCEMENT_TABLE, AnnouncementTable } from "./AnnouncementTable.ts";
import { BLOCK_TABLE, BlockTable } from "./BlockTable.ts";
import { DELIVERY_TABLE, DeliveryTable } from "./DeliveryTable.ts";
import { FACT_TABLE, FactTable } from "./FactTable.ts";
import { APPLICATION_TABLE } from "./lanes.ts";
import { MESSAGE_TABLE, MessageTable } from "./MessageTable.ts";
import { openDatabase } from "./openDatabase.ts";
import { ROUTE_TABLE, RouteTable } from "./RouteTable.ts";
import { RELAYER_STEPS } from "./relayerSteps.ts";
import { Statements } from "./Statements.ts";
import { SUBMISSION_TABLES, SubmissionTable } from "./SubmissionTable.ts";

/**
 * All that a relayer knows, on disk. What a power cut takes from it, the chains give back. Every method that writes is
 * one transaction, and the cursor of a chain moves only in the transaction that writes what the cursor covers.
 */
export class RelayerStore implements FollowerStore {
  readonly messages: MessageTable;
  readonly announcements: AnnouncementTable;
  readonly routes: RouteTable;
  readonly deliveries: DeliveryTable;
  readonly facts: FactTable;
  readonly submissions: SubmissionTable;
  protected readonly blocks: BlockTable;
  protected readonly statements: Statements;
  readonly #database: Database.Database;

  /**
   * @param path - File, or ":memory:".
   * @throws as `openDatabase`.
   */
  constructor(path: string) {
    this.#database = openDatabase(
      path,
      {
        owner: "relayer",
        tables: [
          BLOCK_TABLE,
          APPLICATION_TABLE,
          MESSAGE_TABLE,
          ROUTE_TABLE,
          DELIVERY_TABLE,
          FACT_TABLE,
          SUBMISSION_TABLES,
          ANNOUNCEMENT_TABLE,
        ],
        steps: RELAYER_STEPS,
      },
      { durable: false },
    );
    const statements = new Statements(this.#database);
    this.statements = statements;
    this.blocks = new BlockTable(statements);
    this.messages = new MessageTable(statements);
    this.announcements = new AnnouncementTable(statements);
    this.routes = new RouteTable(statements);
    this.deliveries = new DeliveryTable(statements);
    this.facts = new FactTable(statements);
    this.submissions = new SubmissionTable(statements, this);
  }

  close(): void {
    this.#database.close();
  }

  cursor(chain: bigint): BlockMark | undefined {
    return this.blocks.cursor(chain);
  }

  marks(chain: bigint): BlockMark[] {
    return this.blocks.marks(chain);
  }

  ids(chain: bigint): string[] {
    return this.messages.ids(chain);
  }

  count(chain: bigint): number {
    return this.messages.count(chain);
  }

  advance(
    chain: bigint,
    mark: BlockMark,
    sent: readonly SentMessage[],
    delivered: readonly Delivery[],
    announced: readonly Announcement[] = [],
  ): void {
    this.statements.transaction(() => {
      this.messages.add(chain, sent);
      this.announcements.add(chain, announced);
      const told = [...sent, ...announced];
      this.facts.foundBlocks(chain, new Map(told.map((one) => [one.blockNumber, one.blockHash])));
      this.deliveries.add(chain, delivered);
      this.blocks.move(chain, mark);
    });
  }

  rewind(chain: bigint, to: BlockMark | undefined): void {
    const after = to?.number ?? -1;
    this.statements.transaction(() => {
      this.blocks.forgetAfter(chain, after);
      this.messages.forgetAfter(chain, after);
      this.announcements.forgetAfter(chain, after);
      this.facts.doubtAfter(chain, after);
      this.deliveries.forgetAfter(chain, after);
    });
  }
}
