// Typst in this process and warm: one compiler; every paper differs, so that nothing is answered
// from its cache, which is cleared as it goes (or memory grows without end).
//   node typst.mjs NODE_MODULES FONTS TEMPLATE PAPERS WARM FILE [attach]
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";

const [modules, fonts, template, papers, warm, file, attach] = process.argv.slice(2);
const require = createRequire(modules + "/");
const { NodeCompiler } = require("@myriaddreamin/typst-ts-node-compiler");
const compiler = NodeCompiler.create({ fontArgs: [{ fontPaths: [fonts] }] });
const source = readFileSync(template, "utf8");
const lines = readFileSync(papers, "utf8").trimEnd().split("\n");

function render(paper) {
  const inputs = attach ? { paper, attach } : { paper };
  const options = attach ? { pdfStandard: "a-3a", creationTimestamp: 1723620161 } : {};
  const pdf = compiler.pdf({ mainFileContent: source, inputs }, options);
  compiler.evictCache(10);
  return pdf;
}

for (const paper of lines.slice(0, Number(warm))) render(paper);
const measured = lines.slice(Number(warm));
let bytes = 0;
let last;
const wall = process.hrtime.bigint();
const start = process.cpuUsage();
for (const paper of measured) {
  last = render(paper);
  bytes += last.length;
}
const cpu = process.cpuUsage(start);
const ms = Number(process.hrtime.bigint() - wall) / 1e6;
writeFileSync(file, last);
console.log([
  (cpu.user + cpu.system) / 1e3 / measured.length,
  ms / measured.length,
  bytes / measured.length,
  process.resourceUsage().maxRSS * 1024,
].join("\t"));
