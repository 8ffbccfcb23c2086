/** A reply that is being typed, kept in the tab for one person and one ticket. */
export function keptReply(slug: string, person: number, ticket: number) {
  const name = `baton.reply/${slug}/${person}/${ticket}`
  return {
    read(): string {
      try {
        return sessionStorage.getItem(name) ?? ''
      } catch {
        return ''
      }
    },
    keep(text: string) {
      try {
        if (text === '') sessionStorage.removeItem(name)
        else sessionStorage.setItem(name, text)
      } catch {
        // The browser forbids it; the form works on and only a reload loses.
      }
    },
  }
}
