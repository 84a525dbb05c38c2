/**
 * Whether a file's name would lead out of the folder that it is put in: an absolute path, one with `..`, or one that names a Windows drive.
 *
 * @param name With `/`.
 */
export function pointsOutside(name: string): boolean {
  return name.startsWith("/") || /^[A-Za-z]:/.test(name) || name.split("/").includes("..");
}
