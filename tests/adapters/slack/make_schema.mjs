// Writes blocks.schema.json from Slack's own TypeScript types: node tests/adapters/slack/make_schema.mjs
// Both packages go to a temporary folder; their versions stand in the schema's $comment.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const PACKAGES = ["@slack/types@3.2.0", "ts-json-schema-generator@2.4.0"];
const TYPES = `
import type {
  ActionsBlock, ContextBlock, DividerBlock, HeaderBlock, InputBlock, ModalView, RichTextBlock, SectionBlock, MessageMetadata,
} from "@slack/types";
/** The blocks that a card, a line or a modal of ours may hold. */
export type OurBlock = ActionsBlock | ContextBlock | DividerBlock | HeaderBlock | RichTextBlock | SectionBlock;
export interface Message { text: string; blocks: OurBlock[]; metadata?: MessageMetadata }
export interface Modal extends Omit<ModalView, "blocks"> { blocks: (OurBlock | InputBlock)[] }
`;

const folder = mkdtempSync(join(tmpdir(), "slack-schema-"));
try {
  writeFileSync(join(folder, "package.json"), '{"private": true, "type": "module"}');
  writeFileSync(join(folder, "ours.ts"), TYPES);
  execFileSync("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error", ...PACKAGES], { cwd: folder, stdio: "inherit" });
  const options = { compilerOptions: { strict: true, module: "esnext", moduleResolution: "bundler", target: "es2022" } };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ ...options, files: ["ours.ts"] }));
  const run = ["ts-json-schema-generator", "--path", "ours.ts", "--tsconfig", "tsconfig.json", "--no-type-check"];
  const made = JSON.parse(execFileSync("npx", run, { cwd: folder, maxBuffer: 1 << 28 }));
  const plain = JSON.parse(JSON.stringify(made, (key, value) => (key === "description" ? undefined : value)));
  const schema = { $comment: `Made by make_schema.mjs from ${PACKAGES.join(" with ")}; do not edit.`, ...plain };
  writeFileSync(join(dirname(fileURLToPath(import.meta.url)), "blocks.schema.json"), JSON.stringify(schema, null, 1) + "\n");
} finally {
  rmSync(folder, { recursive: true, force: true });
}
