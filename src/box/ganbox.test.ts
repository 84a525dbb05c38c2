import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writePictures } from "../../test/cli-pictures.ts";
import { finishedRun, newRun } from "../../test/run-folder.ts";
import { tinyModel } from "../../test/tiny-model.ts";
import { CheckpointError, ConfigError, DatasetError } from "../base/errors.ts";
import { loadGenerator } from "../create/load.node.ts";
import { encodeSafetensors } from "../graph/safetensors.ts";
import { decodeGenerator } from "../models/model-file.ts";
import { GANbox } from "./ganbox.ts";

/** Network pickles of test size. */
const GOLDENS = join(import.meta.dirname, "..", "models", "import", "goldens");

/** A pickle that would run a program where it is read by Python. */
const EVIL = Buffer.from("\x80\x02cos\nsystem\nX\x04\0\0\0true\x85R.", "latin1");

let folder: string;
let root: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ganbox-box-"));
  root = join(folder, "workspace");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const content = (): unknown => JSON.parse(readFileSync(join(root, "ganbox.json"), "utf8"));

describe("a workspace", () => {
  it("is made beside the pictures, which stay as they are", async () => {
    const photos = join(folder, "photos");
    await writePictures(photos, 3);
    const before = readdirSync(photos);
    const box = await GANbox.open(photos, { workspace: root });
    expect(box).toMatchObject({ workspace: root, runs: join(root, "runs"), source: photos });
    expect(box.listData()).toEqual([{ name: "photos", path: photos, found: true, runs: 0 }]);
    expect(existsSync(root)).toBe(false);

    await box.changeSettings({ resolution: 32, batch: 8 });
    await box.changeSettings({ batch: undefined });
    expect(content()).toEqual({
      version: 1,
      name: "workspace",
      data: [photos],
      settings: { resolution: 32 },
    });
    const again = await GANbox.open(root);
    expect(again).toMatchObject({
      name: "workspace",
      source: photos,
      settings: { resolution: 32 },
    });
    expect(readdirSync(photos)).toEqual(before);
    expect(readdirSync(root)).toEqual(["ganbox.json"]);
  });

  it("keeps paths of pictures within it relative, and each once", async () => {
    await writePictures(join(root, "photos"), 2);
    await writePictures(join(folder, "others"), 2);
    const box = await GANbox.create(root, { name: "mine", data: [join(root, "photos")] });
    await box.addData(join(folder, "others"));
    await box.addData(join(root, "photos"));
    expect(content()).toMatchObject({ name: "mine", data: ["photos", join(folder, "others")] });
    expect((await GANbox.create(root, { name: "other" })).name).toBe("mine");
    await expect(box.addData(join(folder, "absent"))).rejects.toThrow(DatasetError);
  });

  it("without its file is what its runs are", async () => {
    await finishedRun(join(root, "runs"));
    const box = await GANbox.open(root);
    expect(box.source).toBe("/photos/faces");
    expect(box.listData()).toEqual([
      {
        ...{ name: "faces", path: "/photos/faces", found: false },
        ...{ pictures: 120, family: "r3gan", runs: 1 },
      },
    ]);
    expect(box.listRuns()).toHaveLength(1);
  });

  it("that has nothing yet says so", async () => {
    mkdirSync(root);
    expect(() => GANbox.openWorkspace(root)).toThrow(/is no workspace .*ganbox init/);
    const box = await GANbox.create(root);
    expect([box.listRuns(), box.listModels(), box.listData()]).toEqual([[], [], []]);
    expect(() => box.source).toThrow(DatasetError);
    expect(() => box.findRun("3")).toThrow(CheckpointError);
    expect(() => box.findModel("mine")).toThrow(/no model and no run is called "mine"/);
  });

  it.each([
    ["{", /ganbox.json: the workspace's file is damaged/],
    ["null", /ganbox.json: .*expected object.*got null/],
    [
      '{"version": 2, "more": 1}',
      /workspace of version 2, expected version 1. A newer Ganbox wrote it/,
    ],
    [
      '{"version": 1, "name": "x", "data": [], "setings": {}}',
      /unknown key "setings", did you mean "settings"/,
    ],
    [
      '{"version": 1, "name": "x", "data": "photos", "settings": {}}',
      /data: .*expected array.*got "photos"/,
    ],
    [
      '{"version": 1, "name": "x", "data": [], "settings": {"batchh": 3}}',
      /settings: unknown option "batchh", did you mean "batch"/,
    ],
  ])("with the file %s is refused, and nothing is changed", async (text, message) => {
    mkdirSync(root);
    writeFileSync(join(root, "ganbox.json"), text);
    await expect(GANbox.open(root)).rejects.toThrow(message);
    await expect(GANbox.create(root)).rejects.toThrow(ConfigError);
    expect(readFileSync(join(root, "ganbox.json"), "utf8")).toBe(text);
    expect(readdirSync(root)).toEqual(["ganbox.json"]);
  });

  it("refuses settings that are wrong, and keeps those it has", async () => {
    const box = await GANbox.create(root, { settings: { kimg: 5 } });
    await expect(box.changeSettings({ batch: 0 })).rejects.toThrow(/batch: .*got 0/);
    await expect(box.changeSettings({ iterations: 5 })).rejects.toThrow(/expected one of them/);
    expect(box.settings).toEqual({ kimg: 5 });
  });

  it("keeps what two boxes change at once", async () => {
    await GANbox.create(root);
    const [one, other] = [GANbox.at(root), GANbox.at(root)];
    await Promise.all([one.changeSettings({ batch: 8 }), other.changeSettings({ kimg: 3 })]);
    expect(one.settings).toEqual({ batch: 8, kimg: 3 });
  });
});

describe("models", () => {
  it("are copied with card and quality, renamed and removed", async () => {
    const run = await finishedRun(join(root, "runs"));
    const box = await GANbox.open(root);
    const added = await box.addModel(run.bestModelPath, "faces");
    expect(added).toMatchObject({ name: "faces", family: "r3gan", resolution: 16, kid: 0.05 });
    expect(box.card("faces")).toBe("# A card\n");
    rmSync(run.path, { recursive: true });
    expect(box.listModels()).toEqual([added]);
    await box.renameModel("faces", "Faces 64");
    expect(box.listModels()).toMatchObject([{ name: "Faces 64", kid: 0.05 }]);
    expect(box.findModel("Faces 64")).toBe(join(root, "models", "Faces 64.onnx"));
    await box.removeModel("Faces 64");
    expect(readdirSync(join(root, "models"))).toEqual([]);
  });

  it("that somebody put there are listed, with a card from their file", async () => {
    const box = await GANbox.create(root);
    mkdirSync(join(root, "models"));
    writeFileSync(join(root, "models", "mine.onnx"), tinyModel(["cat", "dog"]));
    writeFileSync(join(root, "models", "odd.onnx"), "no model");
    const [mine, odd] = box.listModels();
    expect(mine).toMatchObject({ name: "mine", family: "r3gan", kimg: 0, data: "random" });
    expect(odd?.problem).toContain("odd.onnx");
    expect(box.card("mine")).toContain("| Classes | cat, dog |");
  });

  it("that are no ONNX files become some, with where they come from on their card", async () => {
    const box = await GANbox.create(root);
    const pickle = join(GOLDENS, "stylegan2-classes.pkl");
    const { name, family, path } = await box.addModel(box.findModel(pickle));
    expect([name, family]).toEqual(["stylegan2-classes", "stylegan2"]);
    expect(decodeGenerator(readFileSync(path), path).info.classes).toEqual(["0", "1", "2"]);
    expect(box.card(name)).toContain("`stylegan2-classes.pkl`, a StyleGAN2-ADA network pickle");

    const { info, weights } = decodeGenerator(tinyModel(), "tiny");
    const file = join(folder, "tiny.safetensors");
    writeFileSync(file, encodeSafetensors(weights, { ganbox: JSON.stringify(info) }));
    const added = await box.addModel(file);
    expect(added).toMatchObject({ name: "tiny", family: "r3gan" });
    expect(decodeGenerator(readFileSync(added.path), "tiny").weights).toEqual(weights);
    writeFileSync(file, encodeSafetensors(weights));
    await expect(box.addModel(file, "other")).rejects.toThrow(
      "tiny.safetensors: this safetensors file is no Ganbox generator",
    );
    const evil = join(folder, "evil.pkl");
    writeFileSync(evil, EVIL);
    await expect(box.addModel(evil)).rejects.toThrow('the pickle asks for "os.system"');
    expect(box.listModels()).toHaveLength(2);
  });

  it("of a family that this Ganbox does not know are refused, and marked where they lie", async () => {
    const box = await GANbox.create(root);
    // Of the same length, so that the file stays an ONNX file.
    const bytes = Buffer.from(
      Buffer.from(tinyModel()).toString("latin1").replaceAll("r3gan", "newga"),
      "latin1",
    );
    const file = join(folder, "new.onnx");
    writeFileSync(file, bytes);
    await expect(box.addModel(file)).rejects.toThrow(/new.onnx: .*family: "newga" is unknown/);
    await expect(box.addModel(file)).rejects.toThrow(CheckpointError);
    await expect(loadGenerator(file)).rejects.toThrow(/new.onnx: this model cannot be used/);
    mkdirSync(join(root, "models"));
    writeFileSync(join(root, "models", "new.onnx"), bytes);
    expect(box.listModels()[0]?.problem).toContain('"newga" is unknown');
  });

  it("have names that every file system takes, each once", async () => {
    const file = join(folder, "tiny.onnx");
    writeFileSync(file, tinyModel());
    const box = await GANbox.create(root);
    expect((await box.addModel(file)).name).toBe("tiny");
    await expect(box.addModel(file)).rejects.toThrow('already a model called "tiny"');
    await expect(box.addModel(file, "TINY")).rejects.toThrow(ConfigError);
    for (const name of ["", "../tiny", "a/b", "a\\b", "-x", "a:b", "x.", "a".repeat(81)])
      await expect(box.addModel(file, name)).rejects.toThrow("cannot be a name");
    await expect(box.renameModel("tiny", "..")).rejects.toThrow("cannot be a name");
    await expect(box.removeModel("tini")).rejects.toThrow('did you mean "tiny"');
    await expect(box.addModel(join(folder, "absent.onnx"))).rejects.toThrow(CheckpointError);
    expect(box.listModels()).toHaveLength(1);
  });
});

describe("the curves of a run", () => {
  it("are a table of ticks and metrics in their order", async () => {
    await finishedRun(join(root, "runs"));
    const [head = "", ...lines] = (await GANbox.open(root)).curves("0").trimEnd().split("\n");
    const columns = head.split(",");
    expect(columns.slice(0, 3)).toEqual(["event", "step", "kimg"]);
    expect(columns).toEqual(expect.arrayContaining(["lossG", "lossD", "kid", "diversity", "best"]));
    const rows = lines.map((line) => {
      const cells = line.split(",");
      return Object.fromEntries(columns.map((name, i) => [name, cells[i] ?? ""]));
    });
    const positions = rows.map(({ kimg }) => Number(kimg));
    expect(positions).toEqual([...positions].sort((a, b) => a - b));
    expect(rows.find(({ event, best }) => event === "metric" && best === "true")?.kid).toBe("0.08");
    expect(rows.filter(({ event }) => event === "tick").every(({ kid }) => kid === "")).toBe(true);
  });
});

describe("the plots of a run", () => {
  it("are files, and what cannot be drawn is said", async () => {
    await finishedRun(join(root, "runs"));
    const out = join(folder, "figures");
    const { files, notes } = await (await GANbox.open(root)).plots("0", out);
    const names = files.map((file) => basename(file));
    expect(names).toEqual(
      expect.arrayContaining([
        "losses.svg",
        "losses.png",
        "kernel-distance-kid.svg",
        "samples.png",
      ]),
    );
    expect(names.some((name) => /^progress\.(mp4|gif)$/.test(name))).toBe(true);
    expect(names).not.toContain("map-pca.svg");
    expect(notes.join()).toMatch(
      /There are no maps: \/photos\/faces: the data set cannot be opened/,
    );
    expect(readdirSync(out).sort()).toEqual([...names].sort());
    const svg = readFileSync(join(out, "losses.svg"), "utf8");
    expect(svg).not.toContain("var(");
    expect((await sharp(join(out, "losses.png")).metadata()).width).toBe(1260);
    const empty = newRun(join(root, "runs"));
    const plots = await GANbox.at(root).plots(empty.path, join(folder, "none"), { maps: false });
    expect(plots.files).toEqual([]);
    expect(plots.notes).toHaveLength(2);
  });
});

describe("reports", () => {
  it("of a run are one page that needs no other file", async () => {
    const run = await finishedRun(join(root, "runs"));
    const page = await (await GANbox.open(root)).report("0");
    expect(page).toBe(join(root, "reports", `${basename(run.path)}.html`));
    const html = readFileSync(page, "utf8");
    expect(html).toContain("120 pictures of /photos/faces");
    expect(html.match(/data:image\/webp/g)).toHaveLength(3);
    expect(html).toContain("Kernel distance (KID)");
    expect(html).toContain("# A card");
    expect(html.replaceAll("http://www.w3.org/2000/svg", "")).not.toMatch(/https?:|src="(?!data:)/);
    expect(html).not.toMatch(/undefined|NaN/);
  });

  it("of runs that are half made or damaged say what there is", async () => {
    const [empty, broken] = [newRun(join(root, "runs")), newRun(join(root, "runs"))];
    writeFileSync(broken.file("config.json"), "{<b>");
    writeFileSync(
      broken.file("stats.jsonl"),
      '{"type":"sample","kimg":1,"path":"x/y.png"}\nbroken',
    );
    writeFileSync(broken.file("samples", "y.png"), "cut off");
    const box = await GANbox.open(root);
    expect(
      readFileSync(await box.report(empty.path, join(folder, "out", "a.html")), "utf8"),
    ).toContain("begun");
    const html = readFileSync(await box.report("1"), "utf8");
    expect(html).toContain("the configuration is damaged");
    expect(html).toContain("1 line(s) of stats.jsonl cannot be read");
    expect(html).not.toContain("<b>}");
  });
});
