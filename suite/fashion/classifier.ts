import { resolve } from "node:path";

/** The classifier of clothes that `npm run classifiers -- fashion` trains. */
export const CLASSIFIER: string = resolve(
  import.meta.dirname,
  "../../models/features/fashion.onnx",
);
