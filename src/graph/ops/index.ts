export * from "./contract.ts";
export * from "./create.ts";
export * from "./elementwise.ts";
export * from "./movement.ts";
export * from "./reduce.ts";
export * from "./resample.ts";
