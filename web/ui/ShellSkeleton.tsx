import { PageSkeleton } from './Skeletons'

/** Where the shell will stand, while it is not yet known who is there: nothing moves when it comes. */
export function ShellSkeleton() {
  return (
    <div class="min-h-dvh bg-bg md:grid md:grid-cols-[13.75rem_minmax(0,1fr)]">
      <div class="min-h-13 border-line bg-surface max-md:border-b md:border-r" />
      <main>
        <PageSkeleton />
      </main>
    </div>
  )
}
