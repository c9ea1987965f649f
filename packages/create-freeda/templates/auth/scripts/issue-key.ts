/** Issues an API key and prints it, once: `npx freeda exec scripts/issue-key.ts NAME`. */
import { ApiKeys } from '@freeda/auth'
import type { ScriptContext } from '@freeda/runtime'

export default async function issueKey({ get, args: [name] }: ScriptContext): Promise<number> {
  if (name === undefined) {
    console.error('Say who the key is for: npx freeda exec scripts/issue-key.ts NAME')
    return 2
  }
  const { key } = await get(ApiKeys).issue({ name, scopes: [] })
  console.log(key)
  return 0
}
