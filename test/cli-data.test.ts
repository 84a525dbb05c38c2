import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DataReport } from "../src/data/doctor/report.ts";
import { type CommandResult, ganbox } from "./cli-process.ts";
import { blobs, encoded, writeFiles } from "./support/blobs.ts";

let cwd: string;

beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), "ganbox-cli-data-"));
  const picture = await encoded(blobs(1), "x.png");
  await writeFiles(join(cwd, "photos"), {
    "cat/a.png": picture,
    "cat/b.jpg": await encoded(blobs(2), "x.jpg"),
    "dog/again.png": picture,
    "dog/empty.png": "",
  });
  await writeFiles(join(cwd, "mislabelled"), { "a.png": picture, "labels.csv": "b.png,1\n" });
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

const run = async (...args: string[]): Promise<CommandResult> =>
  await ganbox(["data", ...args], { cwd, env: { GANBOX_CACHE: join(cwd, "cache") } });

describe("ganbox data check", () => {
  it("prints a plain summary and writes a report beside the data set", async () => {
    const { code, stdout, stderr } = await run("check", "photos", "--resolution", "32");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^photos: 4 pictures, 3 readable, 2 distinct/);
    expect(stdout).toMatch(/!! 1 file is empty \(0 bytes\): dog\/empty\.png\n {3}Left out/);
    expect(stdout).toMatch(/1 picture is an exact copy of another: cat\/a\.png = dog\/again\.png/);
    expect(stdout).toMatch(/fastgan +too few/);
    expect(stdout).not.toContain("\u001b");
    expect(readdirSync(join(cwd, "photos-report")).sort()).toEqual(["report.html", "report.json"]);
    expect(readdirSync(join(cwd, "photos"))).toEqual(["cat", "dog"]);
  });

  it("prints JSON alone, and writes only where it is told to", async () => {
    const { stdout } = await run("check", "photos", "--json", "--out", "there");
    const report = JSON.parse(stdout) as DataReport;
    expect(report.bad).toMatchObject([{ file: "dog/empty.png", kind: "empty" }]);
    expect(JSON.parse(readFileSync(join(cwd, "there", "report.json"), "utf8"))).toEqual(report);
  });

  it.each([
    [["check", "gone"], 1, /gone: the data set cannot be opened/],
    [["check", "mislabelled"], 1, /1 of 1 labels name pictures that are not there \(b\.png\)/],
    [["check", "photos", "--resolution", "4"], 2, /resolution: got 4/],
    [["check", "photos", "--background", "red"], 2, /Expected a colour like #ffffff/],
    [["prepare", "photos"], 2, /required option '--out <folder>'/],
    [["prepare", "photos", "--out", "photos/clean"], 2, /lies in the data set/],
  ])("refuses %j", async (args, code, message) => {
    const result = await run(...args);
    expect(result.code).toBe(code);
    expect(result.stderr).toMatch(message);
    expect(result.stderr).not.toMatch(/^ {4}at |TypeError|internal:/m);
  });
});

describe("ganbox data prepare", () => {
  it("says what it left out, and does not write into a folder that is not empty", async () => {
    const { code, stdout } = await run("prepare", "photos", "--out", "clean");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^clean: 2 pictures; 2 left out, prepared\.json names them all\n/);
    expect(stdout).toMatch(/dog\/again\.png: exact copy \(the same as cat\/a\.png\)/);
    writeFileSync(join(cwd, "clean", "mine.txt"), "");
    const again = await run("prepare", "photos", "--out", "clean");
    expect(again).toMatchObject({ code: 1, stdout: "" });
    expect(again.stderr).toMatch(/is not empty \(4 entries\)|is not empty \(3 entries\)/);
    expect(existsSync(join(cwd, "clean", "mine.txt"))).toBe(true);
  });
});
