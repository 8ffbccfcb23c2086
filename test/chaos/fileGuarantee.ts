import { otherOf, type Guarantee, type Seen } from './seen.ts'

/** I10: the files of an action are on both desks, each once, with the same bytes. */
export function files({ accepted, ends }: Seen): Guarantee {
  let compared = 0
  const faults = accepted.flatMap(({ desk, mark, files: wanted }) => {
    const names = Object.keys(wanted)
    if (names.length === 0) return []
    return [desk, otherOf(desk)].flatMap((slug) => {
      const [entry] = ends[slug].marked.entries.get(mark) ?? []
      if (!entry) return [] // that it is missing stands elsewhere
      const where = `${slug} ${entry.ticket_id}/${entry.id}`
      const extra = entry.attachments.filter(({ filename }) => !names.includes(filename))
      return [
        ...extra.map(({ filename }) => `${where} has ${filename}, which nobody sent`),
        ...names.flatMap((name) => {
          compared += 1
          const found = entry.attachments.filter(({ filename }) => filename === name)
          const [one] = found
          if (!one) return [`${where} lacks ${name}`]
          if (found.length > 1) return [`${where} has ${name} ${found.length} times`]
          return ends[slug].files.get(one.id) === wanted[name]
            ? []
            : [`${where}: the bytes of ${name} are others`]
        }),
      ]
    })
  })
  return { name: 'I10 files', of: `${compared} files on either desk`, faults }
}
