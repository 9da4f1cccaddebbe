import { getAddress, isKeystoreJson, Wallet } from "ethers";

import { readText } from "../../files/readText.ts";
import { writeNew } from "../../files/writeWhole.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import type { KeySigner } from "./KeySigner.ts";

/** Who may read and write a file with a key: its owner. */
const OWNER_ONLY = 0o600;

/**
 * Makes a key and writes it, encrypted, as JSON keystore V3 (Web3 Secret Storage; scrypt with N = 2^17). Never writes
 * over a file.
 *
 * @returns The key's address.
 * @throws `FILE_EXISTS`.
 */
export async function newKeystore(path: string, password: string): Promise<string> {
  const wallet = new Wallet(Wallet.createRandom().privateKey);
  try {
    await writeNew(path, `${await wallet.encrypt(password)}\n`, OWNER_ONLY);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
    throw new BaseError("FILE_EXISTS", `There is a file at ${path} already.`, {
      details: "A key that is written over is lost, with all that it owns.",
      next: "Name another file, or move this one away.",
      cause,
    });
  }
  return wallet.address;
}

/**
 * The address of a keystore, which needs no password.
 *
 * @throws `KEYSTORE_INVALID`, and those of `readText`.
 */
export async function keystoreAddress(path: string): Promise<string> {
  const json = await readKeystore(path);
  const { address } = JSON.parse(json) as { address?: string };
  if (typeof address === "string" && /^(0x)?[0-9a-fA-F]{40}$/.test(address))
    return getAddress(`0x${address.replace(/^0x/, "").toLowerCase()}`);
  throw new BaseError("KEYSTORE_INVALID", `${path} does not say whose key it is.`, {
    details: "Keystores may leave the address out, which is then known once it is decrypted.",
    next: `Add "address": "<40 hexadecimal digits>" to it.`,
  });
}

/**
 * Decrypts a keystore, which takes a second.
 *
 * @throws `KEYSTORE_INVALID`, `PASSWORD_WRONG`, and those of `readText`.
 */
export async function openKeystore(path: string, password: string): Promise<KeySigner> {
  const json = await readKeystore(path);
  try {
    return await Wallet.fromEncryptedJson(json, password);
  } catch (cause) {
    // What ethers says of it may have the file's content.
    if ((cause as { argument?: string }).argument === "password")
      throw new BaseError("PASSWORD_WRONG", `The password does not open ${path}.`, {
        next: "Give the password that it was made with; a file's last line end does not count.",
      });
    throw notAKeystore(path);
  }
}

async function readKeystore(path: string): Promise<string> {
  const json = await readText(path);
  if (isKeystoreJson(json)) return json;
  throw notAKeystore(path);
}

function notAKeystore(path: string): BaseError {
  return new BaseError("KEYSTORE_INVALID", `${path} is not a JSON keystore of version 3.`, {
    next: "Make one with ./freshet keys new, or export one from your wallet.",
  });
}
