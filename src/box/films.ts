/** @file What the command line uses to make films, loaded without anything that only training needs. */
export { writeWalk } from "../create/film.node.ts";
export { writeFilm } from "../create/video/write-film.node.ts";
export { INTERPOLATIONS, type Interpolation } from "../create/walk.ts";
