/** @file What the command line and programs use to look at films before training. */
export {
  type ClipReport,
  clipReportLines,
  type ExamineClipsOptions,
  examineClips,
  type FilmReport,
} from "../data/clips/doctor.node.ts";
