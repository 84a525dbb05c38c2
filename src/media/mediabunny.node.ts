/** @file Mediabunny and its codecs for Node, which are optional packages. */

type Mediabunny = typeof import("mediabunny");

/**
 * The packages, imported when a film or a song needs them and not before.
 *
 * @throws {Error} of Node if they are not installed or do not load.
 */
export async function loadMediabunny(): Promise<Mediabunny> {
  const [mediabunny, { registerMediabunnyServer }] = await Promise.all([
    import("mediabunny"),
    import("@mediabunny/server"),
  ]);
  registerMediabunnyServer();
  return mediabunny;
}
