import { z } from "zod";

/** What an organisation proves with who it is, and whom it believes. */
export const tlsSchema = z
  .strictObject({
    certificate: z
      .string()
      .exactOptional()
      .describe(
        "This organisation's certificate as PEM, with those between it and its authority after it; relative to the node file. Its servers show it, and its clients where they are asked for one.",
      ),
    key: z.string().exactOptional().describe("The certificate's private key as PEM, not encrypted."),
    authorities: z
      .array(z.string())
      .min(1)
      .exactOptional()
      .describe(
        "Certificates of authorities as PEM that are trusted for the URLs of the network file and of this one, besides those that Node trusts.",
      ),
    clients: z
      .literal("required")
      .exactOptional()
      .describe(
        "With it, this organisation's servers answer only clients with a certificate of these authorities.",
      ),
  })
  .superRefine(({ certificate, key, authorities, clients }, context) => {
    const issue = (path: string, message: string) =>
      context.addIssue({ code: "custom", path: [path], message, input: undefined });
    if ((certificate === undefined) !== (key === undefined))
      issue(key === undefined ? "key" : "certificate", "certificate and key go together");
    if (clients !== undefined && authorities === undefined)
      issue("authorities", "clients are known by their authorities, which must be named");
    if (clients !== undefined && certificate === undefined)
      issue("certificate", "only a server with a certificate can ask for its clients'");
  });
export type TlsPlace = z.infer<typeof tlsSchema>;

/** What of an organisation others reach. */
export const SERVED = ["storage", "relay", "aggregator", "service", "party"] as const;
export type Served = (typeof SERVED)[number];

/** Where a server of an organisation is bound. */
export const bindSchema = z.strictObject({
  host: z
    .string()
    .min(1)
    .describe("The address to bind, such as 127.0.0.1 behind a proxy, or 0.0.0.0 for all of this machine's."),
  port: z.int().min(1).max(65_535).exactOptional().describe("The port; that of the public URL unless given."),
});
