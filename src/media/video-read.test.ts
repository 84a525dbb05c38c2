import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Image } from "./image.ts";
import { readVideo } from "./video-read.node.ts";

const hasFfmpeg = spawnSync("ffmpeg", ["-version"]).status === 0;
const hasMediabunny = await import("@mediabunny/server").then(
  () => true,
  () => false,
);
const backends = [
  ...(hasFfmpeg ? (["ffmpeg"] as const) : []),
  ...(hasMediabunny ? (["mediabunny"] as const) : []),
];
const root = mkdtempSync(join(tmpdir(), "ganbox-read-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe.skipIf(!hasFfmpeg).each(backends)("reading films with %s", (backend) => {
  const path = join(root, `${backend}.mp4`);

  it("gives frames at the rate and size that are asked for, red left and blue right", async () => {
    execFileSync("ffmpeg", [
      ...["-v", "error", "-y", "-f", "lavfi", "-i", "color=red:size=32x36:rate=25:duration=1"],
      ...["-f", "lavfi", "-i", "color=blue:size=32x36:rate=25:duration=1"],
      ...["-filter_complex", "hstack", "-pix_fmt", "yuv420p", path],
    ]);
    const frames: Image[] = [];
    for await (const frame of readVideo(path, { width: 16, height: 8, fps: 10, backend }))
      frames.push(frame);
    expect(frames).toHaveLength(10);
    const { width, height, data } = frames[5] as Image;
    expect([width, height, data.length]).toEqual([16, 8, 384]);
    const [red, blue] = [data.subarray(3 * 2, 3 * 3), data.subarray(3 * 13, 3 * 14)];
    expect([(red[0] as number) > 200, (red[2] as number) < 50]).toEqual([true, true]);
    expect([(blue[2] as number) > 200, (blue[0] as number) < 50]).toEqual([true, true]);
  });

  it("says that a song has no pictures", async () => {
    const song = join(root, `${backend}-song.mp4`);
    execFileSync("ffmpeg", [
      ...["-v", "error", "-y", "-f", "lavfi", "-i", "sine=duration=1", "-c:a", "aac", song],
    ]);
    const frames = readVideo(song, { width: 8, height: 8, fps: 10, backend });
    await expect(frames.next()).rejects.toThrow("the file has no video track");
  });
});
