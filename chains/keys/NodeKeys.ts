import { getAddress, Wallet } from "ethers";

import { BaseError } from "../../protocol/BaseError.ts";
import { isPublicKey, requireLocalNode } from "../networks/localKeys.ts";
import type { KeyPlace, NodeFile } from "../networks/nodeFile.ts";
import { hardhatVariable } from "./hardhatKey.ts";
import { KeyElsewhere } from "./KeyElsewhere.ts";
import type { KeySigner } from "./KeySigner.ts";
import type { KeyRole, KeySource } from "./KeySource.ts";
import { keystoreAddress, openKeystore } from "./keystoreFile.ts";
import { type AskPassword, passwordOf } from "./passwordOf.ts";
import { RemoteSigner } from "./RemoteSigner.ts";

/** The keys of an organisation's node that a process has: those of its own roles only. */
export class NodeKeys implements KeySource {
  readonly #keys: ReadonlyMap<KeyRole, readonly KeySigner[]>;

  private constructor(keys: ReadonlyMap<KeyRole, readonly KeySigner[]>) {
    this.#keys = keys;
  }

  /**
   * Opens the keys of some roles; the others' are not even read.
   *
   * @param ask - Asks a person for a password; undefined where nobody can be asked.
   * @throws `KEY_SHARED` when two roles have one key; `KEY_MISSING`, `KEY_INVALID`, those of `openKeystore`,
   *   `passwordOf` and `RemoteSigner.open`.
   */
  static async open(
    node: Pick<NodeFile, "keys">,
    roles: readonly KeyRole[],
    ask?: AskPassword,
  ): Promise<NodeKeys> {
    const keys = new Map<KeyRole, KeySigner[]>();
    const owners = new Map<string, KeyRole>();
    for (const role of roles) {
      const opened: KeySigner[] = [];
      for (const place of node.keys[role] ?? []) {
        const key = await openKey(place, role, ask);
        const other = owners.get(key.address);
        if (other !== undefined) throw shared(key.address, role, other);
        owners.set(key.address, role);
        opened.push(key);
      }
      keys.set(role, opened);
    }
    return new NodeKeys(keys);
  }

  key(role: KeyRole, index = 0): KeySigner {
    const keys = this.#keys.get(role) ?? [];
    const key = keys[index];
    if (key !== undefined) return key;
    throw new BaseError("KEY_MISSING", `This node has no key ${index + 1} of a ${role}.`, {
      details: `Its node file names ${keys.length}.`,
      next: `Make one with ./freshet keys new, and name it in the node file under keys.${role}.`,
    });
  }

  keyOf(role: KeyRole, address: string): KeySigner | undefined {
    const wanted = getAddress(address.toLowerCase());
    return this.#keys.get(role)?.find((key) => key.address === wanted);
  }

  async requireAllowed(ask: (method: string) => Promise<unknown>, url: string): Promise<void> {
    const isKnown = [...this.#keys.values()].flat().some(({ address }) => isPublicKey(address));
    if (isKnown) await requireLocalNode(ask, url);
  }
}

/** The address of a key, without opening it where it can be known so. @throws as `NodeKeys.open`. */
export async function addressAt(place: KeyPlace, role: KeyRole): Promise<string> {
  if ("keystore" in place) return keystoreAddress(place.keystore);
  if ("address" in place) return place.address;
  if ("hardhat" in place)
    throw new BaseError("ADDRESS_UNKNOWN", `Hardhat's ${place.hardhat} does not say whose key it is.`, {
      details: "Its keystore must be opened for that, which takes its password.",
    });
  return environmentKey(place.environment, role).address;
}

async function openKey(place: KeyPlace, role: KeyRole, ask: AskPassword | undefined): Promise<KeySigner> {
  if ("keystore" in place)
    return openKeystore(place.keystore, await passwordOf(place.password, place.keystore, ask));
  if ("web3signer" in place) return RemoteSigner.open(place.web3signer, place.address);
  if ("address" in place) return new KeyElsewhere(place.address);
  if ("hardhat" in place) {
    return keyIn(await hardhatVariable(place.hardhat), `Hardhat's configuration variable ${place.hardhat}`);
  }
  return environmentKey(place.environment, role);
}

/** A key in a variable of the environment. Nothing of what is there is told. */
function environmentKey(name: string, role: KeyRole): KeySigner {
  const value = process.env[name]?.trim() ?? "";
  if (value === "")
    throw new BaseError(
      "KEY_MISSING",
      `There is no key of the ${role} in the environment variable ${name}.`,
      {
        next: "Set it before the process is started.",
      },
    );
  return keyIn(value, `the environment variable ${name}`);
}

/** A private key as people write it. Nothing of what is there is told. */
function keyIn(text: string, where: string): KeySigner {
  const value = text.trim();
  if (/^(0x)?[0-9a-fA-F]{64}$/.test(value) && !/^(0x)?0{64}$/.test(value)) {
    try {
      return new Wallet(value.startsWith("0x") ? value : `0x${value}`);
    } catch {
      // It is above the order of the curve: said below.
    }
  }
  throw new BaseError("KEY_INVALID", `What ${where} has is no private key.`, {
    next: "Set it to 64 hexadecimal digits; a keystore is named by its file instead.",
  });
}

function shared(address: string, role: KeyRole, other: KeyRole): BaseError {
  const [what, next] =
    role === other
      ? [`The key of ${address} is named twice for the role ${role}.`, "Name it once."]
      : [
          `The roles ${other} and ${role} have one key, that of ${address}.`,
          "Make a key for each role with ./freshet keys new.",
        ];
  return new BaseError("KEY_SHARED", what, {
    details:
      "Whoever has one key for two roles gives both away with either, and their transactions take each other's turns.",
    next,
  });
}
