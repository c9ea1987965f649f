/** An app with one plugin that publishes and listens, without a socket. */
import { Bus, definePlugin } from '@freeda/runtime'
import { testApp } from '@freeda/runtime/testing'

/** @param plugins what provides the transport, if anything */
export async function busApp(plugins = []) {
  let bus
  const desk = definePlugin({
    name: 'desk',
    freeda: '^1.0.0',
    needs: { bus: Bus },
    setup: ({ needs }) => void (bus = needs.bus),
  })
  const app = await testApp({ plugins: [desk(), ...plugins] })
  return { app, bus }
}
