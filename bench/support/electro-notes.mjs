/** The notes of `dynamo-overhead` as an entity of ElectroDB, in a table of its own. */
import { CreateTableCommand } from '@aws-sdk/client-dynamodb'
import { peer } from './peers.mjs'

export function notesEntity(client, table) {
  const { Entity } = peer('electrodb')
  const notes = new Entity(
    {
      model: { entity: 'note', version: '1', service: 'bench' },
      attributes: {
        id: { type: 'string', required: true },
        title: { type: 'string', required: true },
        author: { type: 'string', required: true },
        rank: { type: 'number', required: true, padding: { length: 8, char: '0' } },
        tags: { type: 'list', items: { type: 'string' }, required: true },
        text: { type: 'string', required: true },
      },
      indexes: {
        primary: { pk: { field: 'pk', composite: ['id'] }, sk: { field: 'sk', composite: [] } },
        byAuthor: {
          index: 'gsi1',
          pk: { field: 'gsi1pk', composite: ['author'] },
          sk: { field: 'gsi1sk', composite: ['rank'] },
        },
      },
    },
    { client, table },
  )
  return {
    create: (base) => base.send(new CreateTableCommand(tableInput(table))),
    get: (n) => notes.get({ id: `note-${n}` }).go({ consistent: true }),
    put: (n, note) => notes.put({ id: `note-${n}`, ...note }).go(),
    query: (n, limit) => notes.query.byAuthor({ author: `author-${n % 10}` }).go({ limit }),
  }
}

const keys = (partition, sort) => [
  { AttributeName: partition, KeyType: 'HASH' },
  { AttributeName: sort, KeyType: 'RANGE' },
]

const tableInput = (table) => ({
  TableName: table,
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: ['pk', 'sk', 'gsi1pk', 'gsi1sk'].map((AttributeName) => ({
    AttributeName,
    AttributeType: 'S',
  })),
  KeySchema: keys('pk', 'sk'),
  GlobalSecondaryIndexes: [
    { IndexName: 'gsi1', KeySchema: keys('gsi1pk', 'gsi1sk'), Projection: { ProjectionType: 'ALL' } },
  ],
})
