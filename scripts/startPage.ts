import { isIP } from "node:net";
import { dirname } from "node:path";

import { chainsOf, type NetworkFile } from "../chains/networks/networkFile.ts";
import type { MakeAudit } from "../dashboard/server/AuditDesk.ts";
import { PageMetrics } from "../dashboard/server/PageMetrics.ts";
import { PageService } from "../dashboard/server/PageService.ts";
import type { MarketMap } from "../mechanisms/MarketView.ts";
import { MARKETS } from "../mechanisms/markets.ts";
import packageJson from "../package.json" with { type: "json" };
import { BaseError } from "../protocol/BaseError.ts";
import { systemClock } from "../protocol/Clock.ts";
import type { PartMetrics } from "../reports/metrics/PartMetrics.ts";
import type { ContentStore } from "../storage/ContentStore.ts";
import { wholeNumber } from "./settings.ts";
import type { Terminal } from "./Terminal.ts";

/** Where the page is unless told otherwise. */
export const PAGE_PLACE = { host: "127.0.0.1", port: 9280 } as const;

/** The option of commands that run a network and may show it. */
export const PAGE_OPTION = [
  "--page [port]",
  `show the network on a page, on this machine only (port ${PAGE_PLACE.port} unless given; docs/page.md)`,
] as const;

/** A page that is up. */
export interface OpenPage {
  service: PageService;
  url: string;
}

/** What a page is started with. */
export interface StartPageOptions {
  network: NetworkFile;
  /** Path of the network file: plans of a market's parties may be beside it. */
  networkPath: string;
  storage: ContentStore;
  host?: string;
  port?: number;
  names?: readonly string[];
  allowsReExecution?: boolean;
  /** Makes audits on demand; none are made without. */
  makeAudit?: MakeAudit;
  /** What it counts for, as a part `page`. */
  metrics?: PartMetrics;
}

/**
 * Starts a page and says where it is.
 *
 * @throws those of `PageService.start`.
 */
export async function startPage(options: StartPageOptions, terminal: Terminal): Promise<OpenPage> {
  const { network, networkPath, storage, makeAudit, names = [], allowsReExecution = false } = options;
  const { host, port } = { ...PAGE_PLACE, ...options };
  const { metrics } = options;
  const chains = chainsOf(network).map(({ name }) => name);
  const counted = metrics === undefined ? undefined : new PageMetrics(metrics.registry, { chains });
  const maps = new Map<string, MarketMap>();
  for (const { name, view } of MARKETS) {
    const map = await view?.readMap(dirname(networkPath));
    if (map !== undefined) maps.set(name, map);
  }
  const { page: service, url } = await PageService.start(
    network,
    { version: packageJson.version, place: { host, port }, names, allowsReExecution },
    {
      clock: systemClock,
      storage,
      maps,
      ...(makeAudit === undefined ? {} : { makeAudit }),
      listener: (event) => {
        if (event.type === "trouble") terminal.trouble("showing the page", event.error);
        metrics?.hear("page", event);
        counted?.hear(event);
      },
    },
  );
  metrics?.tellHealth("page", () => service.health);
  counted?.tellHeld(() => service.held);
  terminal.done(`the page is at ${url}/`);
  return { service, url: `${url}/` };
}

/** The port that `--page` names. @throws `OPTION_INVALID`. */
export function pagePort(option: string | true): number {
  return option === true ? PAGE_PLACE.port : wholeNumber(option, "--page", 1, 65_535);
}

/** An address to bind. @throws `OPTION_INVALID`. */
export function pageHost(text: string): string {
  if (isIP(text) !== 0) return text;
  throw new BaseError("OPTION_INVALID", "--host takes an IP address of this machine.", {
    details: `It was given ${JSON.stringify(text)}.`,
    next: "Use 127.0.0.1 for this machine only, 0.0.0.0 for all that reach it; --name adds a name under which it is asked.",
  });
}
