// Writes documents with Elastic's client and prints what became of them: write.mjs ADDRESS TOKEN COUNT
import { createRequire } from "node:module";

const { Client } = createRequire(`${process.cwd()}/`)("@elastic/elasticsearch");
const [address, token, count] = process.argv.slice(2);
const client = new Client({ node: address, auth: { apiKey: token } });
const info = await client.info();
const dropped = [];
const done = await client.helpers.bulk({
  datasource: Array.from({ length: Number(count) }, (_, n) => ({
    "@timestamp": n === 7 ? "never" : "2026-11-17T07:00:00Z",
    source: { ip: "192.0.2.1", port: n },
  })),
  onDocument: () => ({ create: { _index: "logs" } }),
  onDrop: (doc) => dropped.push({ status: doc.status, reason: doc.error.reason }),
});
const { total, failed, successful } = done;
console.log(JSON.stringify({ version: info.version.number, total, failed, successful, dropped }));
