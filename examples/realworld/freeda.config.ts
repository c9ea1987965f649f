import { health } from '@freeda/health'
import { defineConfig } from '@freeda/runtime'
import { dynamodb } from '@freeda/storage-dynamodb'
import { json } from '@freeda/storage-json'
import { articles } from './src/articles/plugin.ts'
import { comments } from './src/comments/plugin.ts'
import { profiles } from './src/profiles/plugin.ts'
import { users } from './src/users/plugin.ts'

export default defineConfig(({ env, secret, mode }) => ({
  name: 'conduit',
  // Conduit's clients are pages of other origins; they send their token themselves, no cookie does.
  server: { port: env.port('PORT', 3000), cors: { origins: '*' } },
  plugins: [
    // On DynamoDB where there is a table, else in a folder.
    process.env['TABLE_NAME']
      ? dynamodb({ table: env('TABLE_NAME') })
      : json({ directory: env('DATA_DIR', './data') }),
    health(),
    users({
      // In production there is no default: whoever knows it is everybody.
      jwtSecret:
        mode === 'production'
          ? secret('JWT_SECRET')
          : secret('JWT_SECRET', 'only-for-development-and-never-in-production'),
      // A fifth of what it is in production, so that demos and acceptance suites do not spend their time on hashing.
      passwordCost: mode === 'production' ? {} : { lanes: 1 },
    }),
    profiles(),
    articles(),
    comments(),
  ],
}))
