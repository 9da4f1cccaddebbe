import { basename, dirname } from "node:path";

import { BaseError } from "../../protocol/BaseError.ts";
import type { NodePart } from "./nodeParts.ts";

/** Where units go, and what they run. */
export interface UnitOptions {
  /** The user that all parts run as, who can read the node's files. */
  user: string;
  organization: string | undefined;
  /** Node.js and the command line, absolute. */
  program: { node: string; script: string; root: string };
  nodePath: string;
  networkPath: string;
}

/** What no part needs. V8 compiles as it runs, so memory that is written may be run. */
const HARDENING = [
  "NoNewPrivileges=yes",
  "ProtectSystem=strict",
  "PrivateTmp=yes",
  "PrivateDevices=yes",
  "ProtectClock=yes",
  "ProtectControlGroups=yes",
  "ProtectHostname=yes",
  "ProtectKernelLogs=yes",
  "ProtectKernelModules=yes",
  "ProtectKernelTunables=yes",
  "ProtectProc=invisible",
  "CapabilityBoundingSet=",
  "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX",
  "RestrictNamespaces=yes",
  "RestrictRealtime=yes",
  "RestrictSUIDSGID=yes",
  "LockPersonality=yes",
  "SystemCallArchitectures=native",
  "SystemCallFilter=@system-service",
  "UMask=0077",
];

/** Units of systemd for a node's parts, by file name, and a target for all of them. */
export function systemdUnits(parts: readonly NodePart[], options: UnitOptions): Map<string, string> {
  const units = new Map<string, string>();
  const whose = options.organization === undefined ? "" : ` of ${options.organization}`;
  units.set(
    "freshet.target",
    lines("[Unit]", `Description=Freshet${oneLine(whose)}`, "", "[Install]", "WantedBy=multi-user.target"),
  );
  for (const part of parts) units.set(unitName(part.name), unitOf(part, parts, options));
  return units;
}

function unitOf(part: NodePart, parts: readonly NodePart[], options: UnitOptions): string {
  const { program, nodePath, networkPath, user } = options;
  const words = [
    program.node,
    "--disable-warning=ExperimentalWarning",
    program.script,
    ...part.words,
    "--metrics-port",
    String(part.metricsPort),
  ];
  const isStorage = part.name === "storage";
  const first = !isStorage && parts.some(({ name }) => name === "storage") ? [unitName("storage")] : [];
  const read = [...new Set([program.root, dirname(nodePath), ...part.files.map((one) => dirname(one))])];
  // Who writes there may read as well.
  const readOnly = read.filter((one) => !part.directories.includes(one));
  const inHomes = [...read, ...part.directories].some((one) => /^\/(home|root)\//.test(`${one}/`));
  const credentials = credentialsOf(part);
  return lines(
    "[Unit]",
    `Description=Freshet: ${oneLine(part.about)}`,
    `After=${["network-online.target", "time-sync.target", ...first].join(" ")}`,
    "Wants=network-online.target",
    "PartOf=freshet.target",
    // It waits for chains by itself; what fails at once is tried for ever.
    "StartLimitIntervalSec=0",
    "",
    "[Service]",
    `User=${user}`,
    `WorkingDirectory=${path(dirname(networkPath))}`,
    `ExecStart=${words.map(quoted).join(" ")}`,
    "Restart=on-failure",
    "RestartSec=5",
    // It ends what it has begun.
    "KillSignal=SIGINT",
    "TimeoutStopSec=90",
    ...[...credentials].map(([name, file]) => `LoadCredential=${name}:${path(file)}`),
    ...(part.variables.length === 0
      ? []
      : [
          `# Must set ${part.variables.join(", ")}; readable by root only.`,
          `EnvironmentFile=/etc/freshet/${part.name}.env`,
        ]),
    ...HARDENING,
    `ProtectHome=${inHomes ? "read-only" : "yes"}`,
    `ReadWritePaths=${part.directories.map(path).join(" ")}`,
    ...(readOnly.length === 0 ? [] : [`ReadOnlyPaths=${readOnly.map(path).join(" ")}`]),
    "",
    "[Install]",
    "WantedBy=freshet.target",
  );
}

/**
 * What a part's files with passwords are called among its credentials: by their own names, under which the part looks for
 * them (chains/keys/passwordOf.ts).
 *
 * @throws `NAMES_DOUBLED` when two have one name.
 */
export function credentialsOf({ name: part, secretFiles }: NodePart): Map<string, string> {
  const found = new Map<string, string>();
  for (const file of secretFiles) {
    const name = basename(file);
    const other = found.get(name);
    if (other !== undefined || !/^[\w.-]+$/.test(name)) {
      throw new BaseError("NAMES_DOUBLED", `${part} cannot be given ${file}.`, {
        details:
          other === undefined
            ? "Its name has other characters than letters, digits, dots, hyphens and underscores."
            : `${other} has the same name, and credentials are told apart by theirs.`,
        next: "Name the file otherwise, also in the node file.",
      });
    }
    found.set(name, file);
  }
  return found;
}

function unitName(part: string): string {
  return `freshet-${part}.service`;
}

/** A word of a command line as systemd reads it. */
function quoted(word: string): string {
  const plain = word.replaceAll("%", "%%").replaceAll("$", "$$$$");
  return /^[\w@%+=:,./$-]+$/.test(plain)
    ? plain
    : `"${plain.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

/** A path in a list of paths. */
function path(one: string): string {
  const plain = one.replaceAll("%", "%%");
  return /\s/.test(plain) ? `"${plain}"` : plain;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").replaceAll("%", "%%");
}

function lines(...all: readonly string[]): string {
  return `${all.join("\n")}\n`;
}
