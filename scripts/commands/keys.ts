import { Command, Option } from "commander";

import { KEY_ROLES, type KeyRole } from "../../chains/keys/KeySource.ts";
import { keystoreAddress, newKeystore } from "../../chains/keys/keystoreFile.ts";
import { addressAt } from "../../chains/keys/NodeKeys.ts";
import { type PasswordPlace, passwordOf } from "../../chains/keys/passwordOf.ts";
import { type KeyPlace, readNodeFile } from "../../chains/networks/nodeFile.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { askPassword } from "../askPassword.ts";
import { printTable } from "../printTable.ts";
import { Terminal } from "../Terminal.ts";

const make = new Command("new")
  .description("make a key and write it, encrypted, as JSON keystore")
  .argument("<file>", "where to write it; never over another file")
  .option("--password-file <file>", "a file with the password; asked on the terminal unless given")
  .addOption(
    new Option("--password-env <name>", "the environment variable with the password").conflicts(
      "passwordFile",
    ),
  )
  .option("--json", "print JSON")
  .action(async (path: string, options: { passwordFile?: string; passwordEnv?: string; json?: boolean }) => {
    const terminal = new Terminal({ json: options.json === true });
    const password = await newPassword(options, path);
    terminal.status("encrypting …");
    const address = await newKeystore(path, password);
    terminal.done(`${path} has the key of ${address}`);
    terminal.line("  Keep a copy of it and of its password elsewhere: nobody can make either anew.");
    terminal.result({ keystore: path, address });
  });

const address = new Command("address")
  .description("say whose key a keystore has, which needs no password")
  .argument("<file>", "JSON keystore")
  .option("--json", "print JSON")
  .action(async (path: string, options: { json?: boolean }) => {
    const terminal = new Terminal({ json: options.json === true });
    const found = await keystoreAddress(path);
    terminal.line(found);
    terminal.result({ keystore: path, address: found });
  });

const list = new Command("list")
  .description("list the keys that a node file names, without opening them")
  .argument("<node>", "node file")
  .option("--json", "print JSON")
  .action(async (path: string, options: { json?: boolean }) => {
    const terminal = new Terminal({ json: options.json === true });
    const { keys } = await readNodeFile(path);
    const found: { role: KeyRole; index: number; address?: string; place: string; trouble?: string }[] = [];
    for (const role of KEY_ROLES) {
      for (const [index, place] of (keys[role] ?? []).entries()) {
        const row = { role, index, place: placeInWords(place) };
        try {
          const address = await addressAt(place, role);
          const other = found.find((known) => known.address === address && known.role !== role);
          const trouble = other && `${address}: also the key of the ${other.role}; every role needs its own`;
          found.push({ ...row, address, ...(trouble === undefined ? {} : { trouble }) });
        } catch (error) {
          if (!(error instanceof BaseError)) throw error;
          found.push({ ...row, trouble: error.shortMessage });
        }
      }
    }
    printTable(terminal, {
      columns: [{ header: "role" }, { header: "address" }, { header: "where" }],
      rows: found.map(({ role, index, address: known, trouble, place }) => [
        index === 0 ? role : `${role} ${index + 1}`,
        trouble ?? known ?? "",
        place,
      ]),
    });
    terminal.result(found);
    if (found.some(({ trouble }) => trouble !== undefined)) process.exitCode = 1;
  });

/** `freshet keys`. */
export const keysCommand = new Command("keys")
  .description("make keys of your own and look at them")
  .addCommand(make)
  .addCommand(list)
  .addCommand(address);

function placeInWords(place: KeyPlace): string {
  if ("keystore" in place) return place.keystore;
  if ("environment" in place) return `environment variable ${place.environment}`;
  if ("hardhat" in place) return `Hardhat's ${place.hardhat}`;
  return "web3signer" in place ? `signer at ${new URL(place.web3signer).host}` : "elsewhere";
}

/** The password for a new key: from a file, a variable, or typed twice. @throws `PASSWORD_MISSING`, `PASSWORD_DIFFERS`. */
async function newPassword(
  { passwordFile, passwordEnv }: { passwordFile?: string; passwordEnv?: string },
  path: string,
): Promise<string> {
  const place: PasswordPlace =
    passwordFile !== undefined
      ? { file: passwordFile }
      : passwordEnv !== undefined
        ? { environment: passwordEnv }
        : { prompt: true };
  const ask = askPassword();
  const password = await passwordOf(
    place,
    path,
    ask,
    "Name a file with it (--password-file), or a variable of the environment (--password-env).",
  );
  if ("prompt" in place && (await ask!("The same again: ")) !== password)
    throw new BaseError("PASSWORD_DIFFERS", "The two passwords differ.", {
      next: "Nothing was written; start again.",
    });
  return password;
}
