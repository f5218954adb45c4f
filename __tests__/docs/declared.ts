/** Names that a file of lib/ declares, for documents that must list them. */
import { join } from 'node:path';
import ts from 'typescript';
import { ROOT, textOf } from './markdown';

/** The members of a union of texts, or the names of an interface, as a file of lib/ declares them. */
export function declared(file: string, name: string): string[] {
  const source = ts.createSourceFile(file, ts.sys.readFile(join(ROOT, file)) ?? '', ts.ScriptTarget.ES2022);
  const names: string[] = [];
  source.forEachChild((node) => {
    if (ts.isTypeAliasDeclaration(node) && node.name.text === name && ts.isUnionTypeNode(node.type)) {
      for (const member of node.type.types) {
        if (ts.isLiteralTypeNode(member) && ts.isStringLiteral(member.literal))
          names.push(member.literal.text);
      }
    }
    if (ts.isInterfaceDeclaration(node) && node.name.text === name) {
      for (const member of node.members) {
        if (member.name && ts.isIdentifier(member.name)) names.push(member.name.text);
      }
    }
  });
  return names;
}

/** The sections of a document, by heading, `level` signs deep, each up to the next heading of that level or above. */
export function sections(file: string, level: number): Map<string, string> {
  const [, ...parts] = textOf(file).split(new RegExp(`^#{${String(level)}} `, 'm'));
  return new Map(
    parts.map((part) => {
      const end = part.search(new RegExp(`^#{1,${String(level)}} `, 'm'));
      return [part.slice(0, part.indexOf('\n')), end === -1 ? part : part.slice(0, end)];
    }),
  );
}

/** The code names in the first column of the tables in a text. */
export function firstColumn(text: string): string[] {
  const cells = [...text.matchAll(/^\| ([^|]+)\|/gm)].map((match) => match[1] as string);
  return cells.flatMap((cell) => [...cell.matchAll(/`([A-Za-z_]+)`/g)].map((match) => match[1] as string));
}
