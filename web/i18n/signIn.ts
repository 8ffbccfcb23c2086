import { waiting, words } from './words'

/** Words of the start page and of signing in. */
export const t = words({
  'home.title': 'Tickets that travel',
  'home.lead':
    'Baton is a service desk. A ticket can be passed to another organisation and stays one conversation: notes, statuses, files and closure go both ways, and the person who raised it never leaves their own portal.',
  'home.how.1.title': 'Your team, your portal',
  'home.how.1.text': 'People raise tickets with their own service desk, as they always have.',
  'home.how.2.title': 'Pass it on',
  'home.how.2.text':
    'When a supplier should look at it, one action sends it to their desk, where it becomes their ticket.',
  'home.how.3.title': 'One conversation',
  'home.how.3.text':
    'What either side does is on both tickets at once, and each entry says whether it arrived.',
  'home.desk.title': 'Go to your desk',
  'home.desk.label': 'Name of the desk',
  'home.desk.hint': 'The part of the address after the host, for instance “acme”.',
  'home.desk.go': 'Continue',
  'home.desk.bad': 'A desk’s name has only letters, digits and hyphens.',
  'home.desk.none': (slug: string) => `There is no desk “${slug}” here. Check the spelling.`,
  'signIn.title': 'Sign in',
  'signIn.to': (name: string) => `Sign in to ${name}`,
  'signIn.email': 'Email',
  'signIn.password': 'Password',
  'signIn.show': 'Show password',
  'signIn.go': 'Sign in',
  'signIn.busy': 'Signing in…',
  'signIn.wrong': 'Email or password is not right.',
  'signIn.wrong.fix': 'Check both. Passwords mind capital letters.',
  'signIn.throttled': (seconds: number) => `Too many tries. Try again in ${waiting(seconds)}.`,
  'signIn.noDesk': (slug: string) => `There is no desk “${slug}” here.`,
  'signIn.other': 'Another desk',
})
