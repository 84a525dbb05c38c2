/** Fails where an exported symbol of `src/`, or a public member of an exported class, has no doc comment. */
import { readdirSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import ts from "typescript";

const ROOT = resolve(import.meta.dirname, "..");
const SRC = join(ROOT, "src");

const files = readdirSync(SRC, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
  .map((name) => join(SRC, name));
const { config } = ts.readConfigFile(join(ROOT, "tsconfig.json"), ts.sys.readFile);
const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
const program = ts.createProgram(files, options);
const checker = program.getTypeChecker();

const HIDDEN = ts.ModifierFlags.Private | ts.ModifierFlags.Protected | ts.ModifierFlags.Override;

/** Members that callers see. Constructors are documented by their class, overriding members by what they override. */
function publicMembers(declaration: ts.Declaration): ts.ClassElement[] {
  if (!ts.isClassDeclaration(declaration)) return [];
  return declaration.members.filter(
    (member) =>
      member.name !== undefined &&
      !ts.isPrivateIdentifier(member.name) &&
      (ts.getCombinedModifierFlags(member) & HIDDEN) === 0,
  );
}

/** Whether any declaration of the symbol (an overload, one accessor of two) has a comment, or the member it implements. */
function isDocumented(symbol: ts.Symbol): boolean {
  return symbol.getDocumentationComment(checker).length > 0 || symbol.getJsDocTags().length > 0;
}

const missing = new Set<string>();
function check(symbol: ts.Symbol, name: string): void {
  const declaration = symbol.declarations?.[0];
  if (declaration === undefined || isDocumented(symbol)) return;
  const source = declaration.getSourceFile();
  const { line } = source.getLineAndCharacterOfPosition(declaration.getStart());
  const path = relative(ROOT, source.fileName).split(sep).join("/");
  missing.add(`${path}:${line + 1}: ${name} has no doc comment`);
}

let symbols = 0;
for (const file of files) {
  const source = program.getSourceFile(file);
  const module = source && checker.getSymbolAtLocation(source);
  if (module === undefined) continue;
  for (const exported of checker.getExportsOfModule(module)) {
    const isAlias = (exported.flags & ts.SymbolFlags.Alias) !== 0;
    const symbol = isAlias ? checker.getAliasedSymbol(exported) : exported;
    const declaration = symbol.declarations?.[0];
    // What another module or package declares is checked, or documented, there.
    if (declaration === undefined || declaration.getSourceFile() !== source) continue;
    symbols++;
    check(symbol, exported.name);
    for (const member of publicMembers(declaration)) {
      const memberSymbol = checker.getSymbolAtLocation(member.name as ts.PropertyName);
      if (memberSymbol !== undefined) check(memberSymbol, `${exported.name}.${memberSymbol.name}`);
    }
  }
}
for (const line of missing) console.error(line);
console.log(`check-docs: ${symbols} exported symbols, ${missing.size} without a doc comment`);
process.exitCode = missing.size > 0 ? 1 : 0;
