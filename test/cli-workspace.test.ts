import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writePictures } from "./cli-pictures.ts";
import { type CommandResult, ganbox } from "./cli-process.ts";
import { finishedRun, newRun } from "./run-folder.ts";

let folder: string;
let cwd: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "ganbox-cli-workspace-"));
  cwd = join(folder, "workspace");
  await finishedRun(join(cwd, "runs"));
  writeFileSync(newRun(join(cwd, "runs")).file("config.json"), "{");
  await writePictures(join(folder, "photos"), 3);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (...args: string[]): Promise<CommandResult> => ganbox(args, { cwd });

describe("a workspace at the command line", () => {
  it("is listed, shown, reported on and validated", async () => {
    const list = await run("list");
    const show = await run("show", "0");
    const report = await run("report", "0", "--out", "page.html");
    const sound = await run("validate", "0", "--json");
    expect(list).toMatchObject({ code: 0, stderr: "" });
    expect(list.stdout).toMatch(
      /^00000-faces-r3gan16 +finished +r3gan 16 +2\/2 +0.05 +[\d.]+ kB +\d+s$/m,
    );
    expect(list.stdout).toMatch(/^00001-faces-r3gan16 +damaged/m);
    expect(list.stdout).toMatch(
      /^00001-faces-r3gan16: .*config.json: the configuration is damaged/m,
    );
    expect(list.stdout).toMatch(/^faces +120 pictures +1 +\/photos\/faces \(missing\)$/m);
    expect(show.stdout).toMatch(/^best +KID 0.05, at 1 kimg: runs/m);
    expect(report).toMatchObject({ code: 0, stdout: "page.html\n" });
    expect(readFileSync(join(cwd, "page.html"), "utf8")).toContain("Kernel distance (KID)");
    expect(sound.code).toBe(0);
    expect(JSON.parse(sound.stdout)).toMatchObject({ ok: true, checks: { length: 6 } });
    expect(existsSync(join(cwd, "reports", "00000-faces-r3gan16-validation.html"))).toBe(true);
  });

  it("keeps models, and says which are not sound", async () => {
    const added = await run("models", "add", "0", "--name", "mine");
    expect(added).toMatchObject({ code: 0, stdout: `mine: ${join("models", "mine.onnx")}\n` });
    writeFileSync(join(cwd, "models", "broken.onnx"), "broken");
    const list = await run("list", "--json");
    expect(JSON.parse(list.stdout)).toMatchObject({
      name: "workspace",
      data: [{ name: "faces", found: false }],
      runs: [{ state: "finished" }, { state: "damaged" }],
      models: [{ name: "broken" }, { name: "mine", family: "r3gan" }],
    });
    const broken = await run("validate", "broken");
    expect(broken.code).toBe(1);
    expect(broken.stdout).toMatch(/^FAILED {2}file +.*broken.onnx/m);
  });

  it("is made without a terminal only if the pictures are named", async () => {
    mkdirSync(join(folder, "new"));
    const init = (...args: string[]): Promise<CommandResult> =>
      ganbox(["init", ...args], { cwd: join(folder, "new") });
    const silent = await init();
    expect(silent).toMatchObject({ code: 2, stdout: "" });
    expect(silent.stderr).toContain("expected --data <folder>");
    const nowhere = await ganbox(["list"], { cwd: join(folder, "new") });
    expect(nowhere).toMatchObject({ code: 2 });
    expect(nowhere.stderr).toContain("is no workspace");

    const made = await init("--data", "../photos", "--kimg", "0.5", "--format", "ts");
    expect(made).toMatchObject({ code: 0, stderr: "" });
    const config = join(folder, "new", "ganbox.config.ts");
    expect(readFileSync(config, "utf8")).toContain("kimg: 0.5,");
    const again = await init("--data", "../photos");
    expect(again).toMatchObject({ code: 2 });
    expect(again.stderr).toContain("there is already a configuration");
    const flags = ["--dry-run", "--resolution", "8", "--widths", "16,16", "--threads", "1"];
    const dry = await ganbox(["train", ...flags], {
      cwd: join(folder, "new"),
      env: { GANBOX_CACHE: join(folder, "cache") },
    });
    expect(dry.stdout).toMatch(/^Options from ganbox.config.ts.$/m);
    expect(dry.stdout).toMatch(/^pictures +3 at 8x8$/m);
    expect(dry.stdout).toMatch(/^whole run +0.5 kimg/m);
  });
});
