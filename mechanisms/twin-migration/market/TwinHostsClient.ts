import type { ChainAccount } from "../../../chains/clients/ChainAccount.ts";
import type { ChainClient } from "../../../chains/clients/ChainClient.ts";
import type { ContractPlace } from "../../../chains/clients/ChainEvent.ts";
import { readContract } from "../../../chains/clients/readContract.ts";
import type { SubchainPlace } from "../../../chains/networks/networkFile.ts";
import type { Receipt } from "../../../chains/rpc/readReceipt.ts";
import type { Arguments, FunctionName, Returned } from "../../../protocol/abiTypes.ts";
import { migrationContracts } from "../contracts.ts";
import type { HandOver } from "../encodings.ts";
import { twinsAt } from "./applicationAt.ts";
import { type CompactSignature, type MigrationDomain, UNSIGNED } from "./signatures.ts";

type Hosts = typeof migrationContracts.TwinHosts.abi;

/** Gas of a release or a taking on that ends the hand-over: the other may come while this one is under way. */
const WHOLE = { atLeast: 500_000n };

/** Hosts of twins on a subchain. */
export class TwinHostsClient {
  readonly client: ChainClient;
  readonly place: SubchainPlace;
  readonly hosts: ContractPlace<typeof migrationContracts.TwinHosts>;

  /** @throws BaseError `NO_TWIN_MARKET` when the network was deployed without it. */
  constructor(client: ChainClient, place: SubchainPlace) {
    this.client = client;
    this.place = place;
    this.hosts = { contract: migrationContracts.TwinHosts, address: twinsAt(place) };
  }

  /** Contracts whose events tell of hosts and roots. */
  get contracts(): ContractPlace<typeof migrationContracts.TwinHosts>[] {
    return [this.hosts];
  }

  /** Where orders are signed for. */
  get domain(): MigrationDomain {
    return { chainId: this.client.chainId, contract: this.hosts.address };
  }

  /** Asks the contract; see ITwinHosts.sol. */
  async read<N extends FunctionName<Hosts>>(
    method: N,
    values: Arguments<Hosts, N>,
  ): Promise<Returned<Hosts, N>> {
    return readContract(this.client, this.hosts, method, values);
  }

  /** Releases a twin: as its host with the vehicle's signature, as the vehicle without. */
  async release(
    account: ChainAccount,
    order: HandOver,
    stateHash: string,
    { r, yParityAndS }: CompactSignature = UNSIGNED,
  ): Promise<Receipt> {
    return account.send(this.hosts, "release", [order, stateHash, r, yParityAndS], WHOLE);
  }

  /** Takes a twin on, as the order's destination. */
  async takeOn(
    account: ChainAccount,
    order: HandOver,
    stateHash: string,
    { r, yParityAndS }: CompactSignature,
  ): Promise<Receipt> {
    return account.send(this.hosts, "takeOn", [order, stateHash, r, yParityAndS], WHOLE);
  }

  /** Ends a hosting that goes nowhere. */
  async drop(account: ChainAccount, vehicle: string): Promise<Receipt> {
    return account.send(this.hosts, "drop", [vehicle]);
  }

  /** Anchors the synchronizations of an epoch that is over. */
  async postRoot(account: ChainAccount, epoch: number, root: string, count: number): Promise<Receipt> {
    return account.send(this.hosts, "postRoot", [epoch, root, count]);
  }
}
