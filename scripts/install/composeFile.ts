import { dirname } from "node:path";
import { isLoopback } from "../../chains/networks/isLoopback.ts";
import type { NodeFile } from "../../chains/networks/nodeFile.ts";
import type { NodePart } from "./nodeParts.ts";
import { credentialsOf } from "./systemdUnits.ts";
import { type YamlValue, yamlOf } from "./yamlOf.ts";

/** Where containers find their secrets. */
const SECRETS_DIRECTORY = "/run/secrets";

/** What containers run. */
export interface ComposeOptions {
  node: Pick<NodeFile, "bind" | "endpoints">;
  /** Node.js's version: that of its official image. */
  nodeVersion: string;
  /** Who runs in them, as `id -u` and `id -g` say. */
  user: string;
  /** The checkout and its command line, absolute. */
  program: { script: string; root: string };
  nodePath: string;
  networkPath: string;
}

/** A compose file for a node's parts, and what must be seen to before it works. No secret is in it. */
export function composeFile(
  parts: readonly NodePart[],
  options: ComposeOptions,
): { text: string; remarks: string[] } {
  const { node, nodePath, networkPath } = options;
  const remarks: string[] = [];
  const secrets = new Map<string, string>();
  for (const part of parts)
    for (const [name, file] of credentialsOf(part)) secrets.set(secretName(part, name), file);
  for (const [chain, urls] of Object.entries(node.endpoints)) {
    if (urls.some((url) => isLoopback(new URL(url).hostname)))
      remarks.push(
        `endpoints.${chain}: 127.0.0.1 is the container itself; name the chain's node as containers reach it (host.docker.internal is this machine).`,
      );
  }
  const services = parts.map((part): [string, YamlValue] => {
    const { served } = part;
    const ports = [`127.0.0.1:${part.metricsPort}:${part.metricsPort}`];
    if (served !== undefined) {
      const bound = node.bind[served.what];
      const port = bound?.port ?? portOf(served.url);
      ports.push(`127.0.0.1:${port}:${port}`);
      if (bound === undefined || isLoopback(bound.host))
        remarks.push(
          `${part.name}: set bind.${served.what}.host to 0.0.0.0 in the node file, as only then the container's port is reached.`,
        );
    }
    const credentials = [...credentialsOf(part)];
    const mounts = (paths: readonly string[], mode: string) => paths.map((one) => `${one}:${one}${mode}`);
    const readable = [...new Set([options.program.root, nodePath, ...part.files])].filter(
      (one) => !part.directories.some((directory) => isWithin(one, directory)),
    );
    return [
      part.name,
      {
        image: `node:${options.nodeVersion}-bookworm-slim`,
        user: options.user,
        working_dir: dirname(networkPath),
        command: [
          "node",
          "--disable-warning=ExperimentalWarning",
          options.program.script,
          ...part.words,
          "--metrics-port",
          String(part.metricsPort),
          "--metrics-host",
          "0.0.0.0",
        ].map(unfilled),
        init: true,
        read_only: true,
        tmpfs: ["/tmp"],
        cap_drop: ["ALL"],
        security_opt: ["no-new-privileges:true"],
        restart: "on-failure",
        stop_signal: "SIGINT",
        stop_grace_period: "90s",
        extra_hosts: ["host.docker.internal:host-gateway"],
        ports,
        volumes: [...mounts(readable, ":ro"), ...mounts(part.directories, "")].map(unfilled),
        ...(credentials.length === 0
          ? {}
          : {
              secrets: credentials.map(([name]) => ({ source: secretName(part, name), target: name })),
            }),
        environment: [
          ...(credentials.length === 0 ? [] : [`CREDENTIALS_DIRECTORY=${SECRETS_DIRECTORY}`]),
          // Without a value: from the environment of whoever starts it.
          ...part.variables,
        ],
        healthcheck: {
          test: [
            "CMD",
            "node",
            "-e",
            `fetch("http://127.0.0.1:${part.metricsPort}/health").then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))`,
          ],
          interval: "30s",
          timeout: "10s",
          retries: 3,
          start_period: "60s",
        },
        ...(part.name !== "storage" && parts.some(({ name }) => name === "storage")
          ? { depends_on: ["storage"] }
          : {}),
      },
    ];
  });
  const file: YamlValue = {
    name: "freshet",
    services: Object.fromEntries(services),
    ...(secrets.size === 0
      ? {}
      : {
          secrets: Object.fromEntries([...secrets].map(([name, path]) => [name, { file: unfilled(path) }])),
        }),
  };
  return { text: yamlOf(file), remarks };
}

function secretName({ name: part }: NodePart, name: string): string {
  return `${part}-${name.replaceAll(/[^\w-]/g, "_")}`;
}

function portOf(url: string): number {
  const { port, protocol } = new URL(url);
  return port === "" ? (protocol === "https:" ? 443 : 80) : Number(port);
}

/** Text in which compose fills in no variable. */
function unfilled(text: string): string {
  return text.replaceAll("$", "$$$$");
}

function isWithin(path: string, directory: string): boolean {
  return path === directory || path.startsWith(`${directory}/`);
}
