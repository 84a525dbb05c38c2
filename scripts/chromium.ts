/** @file Where this machine keeps a Chromium, and the software Vulkan driver that comes with it. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { chromium } from "playwright-core";

const PLACES: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  linux: [
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
    "/opt/google/chrome/chrome",
  ],
  darwin: [
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  ],
  win32: [
    process.env.PROGRAMFILES,
    process.env["PROGRAMFILES(X86)"],
    process.env.LOCALAPPDATA,
  ].flatMap((folder) =>
    folder === undefined ? [] : [join(folder, "Google", "Chrome", "Application", "chrome.exe")],
  ),
};

/** Path of a Chromium: the environment variable `CHROMIUM`, an installed one, or Playwright's own; undefined if there is none. */
export function browserPath(): string | undefined {
  const places = [
    process.env.CHROMIUM ?? "",
    ...(PLACES[process.platform] ?? []),
    chromium.executablePath(),
  ];
  return places.find((path) => existsSync(path));
}

const DRIVERS = ["/usr/lib/chromium", "/usr/lib/chromium-browser", "/opt/google/chrome"];

/**
 * Environment in which Node's WebGPU provider uses SwiftShader, the driver in software that Chromium brings along. Empty where a
 * driver was chosen already, or there is none to choose.
 */
export function softwareVulkan(): Record<string, string> {
  if (process.platform !== "linux" || process.env.VK_ICD_FILENAMES !== undefined) return {};
  const path = browserPath();
  const folders = path === undefined ? DRIVERS : [dirname(path), ...DRIVERS];
  const driver = folders
    .map((folder) => join(folder, "vk_swiftshader_icd.json"))
    .find((file) => existsSync(file));
  return driver === undefined ? {} : { VK_ICD_FILENAMES: driver };
}
