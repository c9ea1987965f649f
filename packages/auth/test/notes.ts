import { definePlugin } from '@freeda/runtime'

/** Routes to be called by tests. */
export const notes = definePlugin({
  name: 'notes',
  freeda: '^1.0.0',
  security: 'authenticated',
  setup({ router }) {
    router.get('/', {}, ({ principal }) => principal)
    router.post('/', { security: { scopes: ['notes:write'] } }, () => ({ written: true }))
    router.get('/either', { security: 'optional' }, ({ principal }) => ({ caller: principal?.id ?? null }))
  },
})
