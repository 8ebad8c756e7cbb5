// Prints what pdf.js (the viewer of Firefox) takes from each page, one JSON string a line:
//   node extract.mjs FOLDER_OF_pdfjs-dist FILE.pdf
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [folder, file] = process.argv.slice(2);
const { getDocument } = await import(pathToFileURL(path.join(folder, "legacy/build/pdf.mjs")));
const data = new Uint8Array(fs.readFileSync(file));
const document = await getDocument({ data, verbosity: 0 }).promise;
for (let number = 1; number <= document.numPages; number++) {
  const page = await document.getPage(number);
  const { items } = await page.getTextContent();
  console.log(JSON.stringify(items.map((item) => item.str + (item.hasEOL ? "\n" : "")).join("")));
}
