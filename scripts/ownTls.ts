import type { NodeFile } from "../chains/networks/nodeFile.ts";
import type { Served } from "../chains/networks/nodeTls.ts";
import { readText } from "../files/readText.ts";
import { BaseError } from "../protocol/BaseError.ts";
import { type ListenPlace, placeOfUrl, type ServerTls } from "../protocol/ServerTls.ts";
import { trustOrigins } from "../protocol/trustOrigins.ts";

/** Where an organisation's servers listen, by what they are and the URL under which others reach them. */
export type PlaceOf = (served: Served, url: string) => ListenPlace;

/**
 * Reads an organisation's certificates, has this process's clients use them for some servers, and says where its own
 * servers listen.
 *
 * @param urls - Of the servers that are asked as the organisation's own and its partners'.
 * @throws those of `readText`; `TLS_INVALID` for a file that is no PEM.
 */
export async function ownTls(
  node: Pick<NodeFile, "tls" | "bind">,
  urls: readonly string[],
): Promise<PlaceOf> {
  const { tls, bind } = node;
  const authorities = tls?.authorities && (await Promise.all(tls.authorities.map(readPem)));
  const certificate = tls?.certificate === undefined ? undefined : await readPem(tls.certificate);
  const key = tls?.key === undefined ? undefined : await readPem(tls.key);
  if (tls !== undefined) trustOrigins(urls, { authorities, certificate, key });
  const own: ServerTls | undefined =
    certificate === undefined || key === undefined
      ? undefined
      : { certificate, key, ...(tls?.clients && authorities && { clientAuthorities: authorities }) };
  return (served, url) => {
    const named = placeOfUrl(url);
    const bound = bind[served];
    const isTls = new URL(url).protocol === "https:";
    if (isTls && own === undefined && bound === undefined) {
      throw new BaseError("TLS_MISSING", `There is no certificate to serve ${url} with.`, {
        details: "Its URL says https, and the node file names no certificate.",
        next: `Name tls.certificate and tls.key in the node file; or, behind a proxy that has them, where this is bound: bind.${served}.`,
      });
    }
    return {
      host: bound?.host ?? named.host,
      port: bound?.port ?? named.port,
      ...(isTls && own !== undefined && { tls: own }),
    };
  };
}

/** A PEM file. Nothing of what is in it is told. */
async function readPem(path: string): Promise<string> {
  const text = await readText(path);
  if (/-----BEGIN [A-Z ]+-----/.test(text)) return text;
  throw new BaseError("TLS_INVALID", `${path} is not PEM.`, {
    next: 'A certificate begins with "-----BEGIN CERTIFICATE-----", a key with "-----BEGIN PRIVATE KEY-----".',
  });
}
