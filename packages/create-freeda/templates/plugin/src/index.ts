/** `my-package`: what apps import. */
export { myThing, myThing as default } from './plugin.ts'
