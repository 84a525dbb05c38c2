/**
 * Uses Ganbox as its users get it: packs it, installs the package into an empty folder, and works with what is there. Needs
 * `npm run build` before. The last line counts the steps that passed and failed.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import sharp from "sharp";

const ROOT = resolve(import.meta.dirname, "..");
const SIDE = 16;

const folder = mkdtempSync(join(tmpdir(), "ganbox-smoke-"));
const app = join(folder, "app");

/** What a command prints. Its messages are part of the error if it fails. */
function run(cwd: string, command: string, ...args: string[]): string {
  const shell = process.platform === "win32";
  const env = { ...process.env, GANBOX_CACHE: join(folder, "cache") };
  return execFileSync(command, args, { cwd, env, shell, encoding: "utf8", stdio: "pipe" });
}

const ganbox = (...args: string[]): string =>
  run(app, "npm", "exec", "--offline", "--", "ganbox", ...args);

async function sizeOf(picture: string): Promise<string> {
  const { format, width, height } = await sharp(picture).metadata();
  return `${format} ${width}x${height}`;
}

const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
  version: string;
};
let tarball = "";
let model = "";

const STEPS: readonly (readonly [name: string, check: () => void | Promise<void>])[] = [
  [
    "the package holds the built code and no tests",
    () => {
      const [packed] = JSON.parse(
        run(ROOT, "npm", "pack", "--json", "--pack-destination", folder),
      ) as [{ filename: string; files: { path: string }[] }];
      const paths = packed.files.map(({ path }) => path);
      for (const path of [
        "dist/index.js",
        "dist/index.d.ts",
        "dist/cli/main.js",
        "assets/fonts/eb-garamond-500.ttf",
        "models/features/mixed5.onnx",
        "LICENSE",
        "README.md",
      ]) {
        assert(paths.includes(path), `${path} is missing`);
      }
      const odd = paths.filter((path) =>
        /\.test\.|goldens|^(test|bench|assets\/(?!fonts\/)|runs)\//.test(path),
      );
      assert.deepEqual(odd, []);
      tarball = join(folder, packed.filename);
    },
  ],
  [
    "it installs into an empty folder",
    () => {
      mkdirSync(app);
      writeFileSync(join(app, "package.json"), JSON.stringify({ private: true, type: "module" }));
      // As the repository does: nothing Ganbox needs has to run at installation.
      writeFileSync(join(app, ".npmrc"), "ignore-scripts=true\n");
      run(app, "npm", "install", "--prefer-offline", "--no-audit", "--no-fund", tarball);
    },
  ],
  ["ganbox --version", () => assert.equal(ganbox("--version").trim(), manifest.version)],
  [
    "ganbox train makes a model",
    async () => {
      const pictures = join(folder, "pictures");
      mkdirSync(pictures);
      for (let n = 0; n < 6; n++) {
        const background = { r: 40 * n, g: 120, b: 255 - 40 * n };
        await sharp({ create: { width: 24, height: 24, channels: 3, background } })
          .png()
          .toFile(join(pictures, `${n}.png`));
      }
      const size = [
        "--resolution",
        `${SIDE}`,
        "--widths",
        "16,16,16",
        "--batch",
        "8",
        "--kimg",
        "0.032",
      ];
      const lines = ganbox("train", pictures, ...size, "--json")
        .trim()
        .split("\n");
      const last = JSON.parse(lines.at(-1) ?? "{}") as {
        type: string;
        complete: boolean;
        model: string;
      };
      assert.equal(last.type, "done");
      assert.equal(last.complete, true);
      ({ model } = last);
    },
  ],
  [
    "ganbox generate makes a picture",
    async () => {
      ganbox("generate", model, "--seeds", "7", "--out", "out");
      assert.equal(await sizeOf(join(app, "out", "seed0007.png")), `png ${SIDE}x${SIDE}`);
    },
  ],
  [
    "the library makes the same picture",
    async () => {
      const program = `
        import { GAN } from "ganbox";
        const gan = await GAN.load(${JSON.stringify(model)});
        await gan.generateImage({ seeds: [7], outputDir: "library" });`;
      writeFileSync(join(app, "program.js"), program);
      run(app, process.execPath, "program.js");
      const [a, b] = ["out", "library"].map((out) => readFileSync(join(app, out, "seed0007.png")));
      assert.deepEqual(a, b);
    },
  ],
  [
    "its types are complete",
    () => {
      const program = `
        import { loadGenerator, toImageData } from "ganbox/web";
        import { GAN, GANbox, ops, type TrainEvent, type Value } from "ganbox";
        const gan = new GAN({ iterations: 2000, resolution: 64 });
        export async function* train(folder: string): AsyncGenerator<TrainEvent> {
          yield* gan.train(await GANbox.open(folder));
        }
        export async function draw(context: CanvasRenderingContext2D): Promise<void> {
          const generator = await loadGenerator("model.onnx");
          for await (const image of generator.fromSeeds([0]))
            context.putImageData(toImageData(image), 0, 0);
        }
        export const double = (x: Value): Value => ops.mul(x, 2);
        // @ts-expect-error: no such option
        new GAN({ resolutoin: 64 });`;
      writeFileSync(join(app, "program.ts"), program);
      const tsc = join(ROOT, "node_modules", "typescript", "bin", "tsc");
      const types = ["--typeRoots", join(ROOT, "node_modules", "@types"), "--types", "node"];
      const options = [
        "--noEmit",
        "--strict",
        "--target",
        "es2023",
        "--module",
        "nodenext",
        "--skipLibCheck",
      ];
      run(app, process.execPath, tsc, ...options, ...types, "program.ts");
    },
  ],
];

const counts = { passed: 0, failed: 0 };
for (const [name, check] of STEPS) {
  try {
    await check();
    counts.passed++;
    console.log(`ok      ${name}`);
  } catch (error) {
    const { message, stdout, stderr } = error as Error & { stdout?: string; stderr?: string };
    counts.failed++;
    console.log(`FAILED  ${name}\n${[message, stdout, stderr].filter(Boolean).join("\n")}`);
  }
}
rmSync(folder, { recursive: true, force: true });
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = counts.failed > 0 ? 1 : 0;
