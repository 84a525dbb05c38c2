export { planTraining } from "./host.node.ts";
