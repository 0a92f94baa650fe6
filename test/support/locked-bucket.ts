import * as crypto from "node:crypto";
import { once } from "node:events";
import * as http from "node:http";
import type { AddressInfo } from "node:net";

/**
 * An S3 bucket with object lock and a default retention, as AWS keeps one: it takes an object only with a digest that is right and signed
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html). It refuses every deletion, as one without versions has to.
 */
export class LockedBucket {
  /** Objects by key. */
  readonly objects = new Map<string, Buffer>();
  /** Keys whose deletion was asked for. */
  readonly deletions: string[] = [];
  private readonly server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const [status, text] = this.answer(request, Buffer.concat(chunks));
      response.writeHead(status).end(text);
    });
  });

  /** @param refusal how it answers a deletion */
  private constructor(private readonly refusal: readonly [status: number, code: string]) {}

  static async start(refusal: readonly [status: number, code: string] = [403, "AccessDenied"]): Promise<LockedBucket> {
    const bucket = new LockedBucket(refusal);
    bucket.server.listen(0, "127.0.0.1");
    await once(bucket.server, "listening");
    return bucket;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server.close();
  }

  private answer(request: http.IncomingMessage, body: Buffer): readonly [number, string] {
    const { method, headers } = request;
    const key = new URL(request.url ?? "", this.endpoint).pathname.replace(/^\/bucket\//, "");
    if (method === "PUT") return this.put(key, headers, body);
    if (method === "DELETE") {
      this.deletions.push(key);
      return [this.refusal[0], error(this.refusal[1], "Access Denied because object protected by object lock.")];
    }
    const keys = [...this.objects.keys()].map((one) => `<Contents><Key>${one}</Key></Contents>`);
    return [200, `<ListBucketResult>${keys.join("")}</ListBucketResult>`];
  }

  private put(key: string, headers: http.IncomingHttpHeaders, body: Buffer): readonly [number, string] {
    const digest = headers["content-md5"];
    if (digest === undefined) {
      const words = "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock";
      return [400, error("InvalidRequest", words)];
    }
    if (digest !== crypto.createHash("md5").update(body).digest("base64"))
      return [400, error("BadDigest", "The Content-MD5 you specified did not match what we received.")];
    if (!/SignedHeaders=[^,]*\bcontent-md5\b/.test(headers.authorization ?? ""))
      return [403, error("AccessDenied", "There were headers present in the request which were not signed")];
    this.objects.set(key, body);
    return [200, ""];
  }
}

function error(code: string, message: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`;
}
