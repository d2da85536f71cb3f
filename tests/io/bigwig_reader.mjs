// Prints what npm's @gmod/bbi, which IGV.js and JBrowse read bigWig with, finds in a file, as JSON.
//   node bigwig_reader.mjs FILE CONTIG START END BASES_PER_SPAN
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

const resolve = createRequire(import.meta.url).resolve
const load = async name => import(pathToFileURL(resolve(name)))
const { BigWig } = await load('@gmod/bbi')
const [path, contig, start, end, span] = process.argv.slice(2)
if (path) {
  const file = new BigWig({ path })
  const header = await file.getHeader()
  const features = await file.getFeatures(contig, +start, +end, { basesPerSpan: +span })
  console.log(JSON.stringify({ summary: header.totalSummary, contigs: Object.keys(header.refsByName ?? header.chromNameToId ?? {}).length, features }))
}
