import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ConfigError } from "../../base/errors.ts";
import { findConfig, mergeOptions, readConfig } from "./config-file.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ganbox-config-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const OBJECT = "{ data: 'photos', resolution: 32, gamma: [2, 1] }";

describe("readConfig", () => {
  it.each([
    ["ganbox.config.json", '{"data": "photos", "resolution": 32, "gamma": [2, 1]}'],
    ["ganbox.config.mjs", `export default ${OBJECT};`],
    [
      "ganbox.config.ts",
      `import type { TrainOptions } from "ganbox";\nconst side: number = 32;\nexport default ${OBJECT.replace("32", "side")} satisfies TrainOptions & { data: string };`,
    ],
    ["ganbox.config.mts", `export default (await Promise.resolve(${OBJECT})) as object;`],
  ])("reads %s", async (name, content) => {
    const path = write(name, content);
    expect(findConfig(folder)).toBe(path);
    expect(await readConfig(path)).toEqual({
      data: join(folder, "photos"),
      options: { resolution: 32, gamma: [2, 1] },
    });
  });

  it("reads a module again after it was changed", async () => {
    const path = write("a.ts", "export default { kimg: 1 };");
    expect((await readConfig(path)).options.kimg).toBe(1);
    write("a.ts", "export default { kimg: 2 };");
    expect((await readConfig(path)).options.kimg).toBe(2);
  });

  it.each([
    ["a.json", "{", /a.json: the configuration cannot be read .*expected a JSON file/],
    ["a.json", "[1]", /a.json: got \[1\], expected an object of options/],
    [
      "a.json",
      '{"resolutoin": 64}',
      /a.json: unknown option "resolutoin", did you mean "resolution"/,
    ],
    ["a.json", '{"dtaa": "x"}', /unknown option "dtaa", did you mean "data"/],
    ["a.json", '{"data": 5}', /a.json: data: got 5, expected the path/],
    ["a.json", '{"batch": "8"}', /a.json: batch: .*\(got "8"\)/],
    ["a.mjs", "export const kimg = 5;", /a.mjs: got no default export/],
    [
      "a.ts",
      "throw new Error('mine');",
      /a.ts: the configuration cannot be read \(mine\), expected a module/,
    ],
    ["a.ts", "export default {", /a.ts: the configuration cannot be read/],
    ["a.yaml", "kimg: 5", /a.yaml: .* expected .json, .ts/],
  ])("refuses %s with %j", async (name, content, message) => {
    const reading = readConfig(write(name, content));
    await expect(reading).rejects.toThrow(message);
    await expect(reading).rejects.toBeInstanceOf(ConfigError);
  });

  it("says that a file is missing", async () => {
    await expect(readConfig(join(folder, "absent.json"))).rejects.toThrow(/absent.json: .*ENOENT/);
    await expect(readConfig(join(folder, "absent.ts"))).rejects.toThrow(/absent.ts: /);
  });
});

describe("findConfig", () => {
  it("wants one", () => {
    mkdirSync(join(folder, "none"));
    expect(findConfig(join(folder, "none"))).toBeUndefined();
    write("ganbox.config.ts", "");
    write("ganbox.config.json", "");
    expect(() => findConfig(folder)).toThrow(
      /2 configurations \(ganbox.config.json, ganbox.config.ts\)/,
    );
  });
});

describe("mergeOptions", () => {
  it("lets one way of saying the length replace the other", () => {
    expect(mergeOptions({ kimg: 5, batch: 8 }, { iterations: 7 })).toEqual({
      batch: 8,
      iterations: 7,
    });
    expect(mergeOptions({ iterations: 5 }, { batch: 8 })).toEqual({ iterations: 5, batch: 8 });
  });
});
