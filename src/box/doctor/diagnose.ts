import { accessSync, constants, mkdirSync } from "node:fs";
import { arch, availableParallelism, cpus, freemem, release, totalmem } from "node:os";
import sharp from "sharp";
import { ort } from "#platform";
import { defaultCacheDir } from "../../data/cache-dir.node.ts";
import { Engine } from "../../engine/engine.ts";
import { decodeImage } from "../../media/image.node.ts";
import { videoBackends } from "../../media/video.node.ts";
import type { VideoBackend } from "../../media/video-backend.ts";
import { type ProviderReport, probeProviders } from "./providers.ts";
import { measureSpeed, type SpeedReport } from "./speed.ts";

/** What a machine can run: everything was tried, nothing is guessed. */
export interface Diagnosis {
  readonly node: string;
  readonly system: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memory: { readonly totalMb: number; readonly freeMb: number };
  /** Version of ONNX Runtime. */
  readonly onnxRuntime: string;
  readonly providers: readonly ProviderReport[];
  /** Channels in one block of ONNX Runtime's blocked convolution; 0 where it is missing. */
  readonly convolutionBlock: number;
  /** Picture formats that were written and read back. */
  readonly pictures: readonly string[];
  readonly video: readonly VideoBackend[];
  readonly cache: { readonly path: string; readonly writable: boolean };
  readonly speed: SpeedReport;
}

/** Picture formats of data sets, by sharp's names. */
const PICTURES = ["png", "jpeg", "webp", "avif", "gif", "tiff"] as const;

/**
 * Finds out what this machine can run; takes a few seconds.
 *
 * @param onStep Told what is being tried next.
 */
export async function diagnose(
  onStep: (what: string) => void = () => undefined,
): Promise<Diagnosis> {
  const cores = availableParallelism();
  onStep("execution providers");
  const providers = await probeProviders();
  onStep("codecs");
  const video = await videoBackends();
  const readable = await Promise.all(PICTURES.map(isReadable));
  onStep("speed");
  const engine = await Engine.create({ threads: cores });
  const speed = await measureSpeed(engine);
  const path = defaultCacheDir();
  return {
    node: process.version,
    system: `${process.platform} ${release()} ${arch()}`,
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores,
    memory: { totalMb: Math.round(totalmem() / 1e6), freeMb: Math.round(freemem() / 1e6) },
    onnxRuntime: ort.env.versions.common,
    providers,
    convolutionBlock: engine.target.channelBlock,
    pictures: PICTURES.filter((_, i) => readable[i]),
    video,
    cache: { path, writable: isWritable(path) },
    speed,
  };
}

async function isReadable(format: (typeof PICTURES)[number]): Promise<boolean> {
  const create = { width: 16, height: 16, channels: 3, background: "#336699" } as const;
  try {
    const { width } = await decodeImage(await sharp({ create }).toFormat(format).toBuffer());
    return width === create.width;
  } catch {
    return false;
  }
}

function isWritable(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
