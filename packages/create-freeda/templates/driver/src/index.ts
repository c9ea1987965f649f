/** `my-package`: what apps import. */
export { openMyThing } from './driver.ts'
export { myThing, myThing as default } from './plugin.ts'
