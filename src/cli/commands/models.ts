import type { Command } from "commander";
import { GANbox } from "../../box/workspace.ts";
import { showPath } from "../text.ts";

/** Where the models are. */
interface Flags {
  readonly workspace: string;
}

/** `ganbox models`. */
export function configure(command: Command): void {
  command
    .description("Keep models in the workspace: add, remove, rename, or show what one is.")
    .addHelpText(
      "after",
      `
Examples:
  $ ganbox models add 12 --name landscapes
  $ ganbox models add runs/00012-landscapes-r3gan64/model/best.onnx
  $ ganbox models card landscapes
  $ ganbox models rename landscapes landscapes-64
  $ ganbox models remove landscapes-64`,
    )
    .exitOverride();
  action(
    command,
    "add <source>",
    "copy a model (.onnx, .safetensors or .pkl), or that of a run, into the workspace",
  )
    .option("--name <name>", "what to call it (default: the name of the run or of the file)")
    .action(async (source: string, { workspace, name }: Flags & { readonly name?: string }) => {
      const box = GANbox.at(workspace);
      const added = await box.addModel(box.findModel(source), name);
      console.log(`${added.name}: ${showPath(added.path)}`);
    });
  action(command, "remove <name>", "delete a model; what it was added from stays").action(
    async (name: string, { workspace }: Flags) => GANbox.at(workspace).removeModel(name),
  );
  action(command, "rename <name> <to>", "give a model another name").action(
    async (name: string, to: string, { workspace }: Flags) =>
      GANbox.at(workspace).renameModel(name, to),
  );
  action(command, "card <name>", "print what a model is, what it was trained on and how").action(
    (name: string, { workspace }: Flags) => console.log(GANbox.at(workspace).card(name).trimEnd()),
  );
}

function action(parent: Command, usage: string, description: string): Command {
  return parent
    .command(usage)
    .description(description)
    .option("--workspace <folder>", "folder of the workspace", ".");
}
