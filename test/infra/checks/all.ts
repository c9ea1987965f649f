/** Every check that holds in every profile. */
import * as alerts from './alerts.ts'
import type { Check } from './check.ts'
import * as permissions from './permissions.ts'
import * as service from './service.ts'
import * as table from './table.ts'

export const checks: Readonly<Record<string, Check>> = {
  "the table is the storage driver's": table.tableIsTheDriversTable,
  'data outlives its stack': table.dataOutlivesItsStack,
  'the container is shut in': service.containerIsShutIn,
  'the container can write where it is meant to': service.mountsCanBeWrittenTo(),
  'the container gets what the runtime reads': service.containerGetsWhatTheRuntimeReads,
  'logs never block the app': service.logsNeverBlockTheApp,
  'a task stops in order': service.stopIsInOrder,
  'health is asked where the app answers': service.healthIsAskedWhereTheAppAnswers,
  'deployments lose nothing': service.deploymentsLoseNothing,
  'the load balancer is strict': service.loadBalancerIsStrict,
  'tasks are reached by nobody else': service.tasksAreReachedByNobodyElse,
  'tasks may do what they do, and nothing else': permissions.taskRoleHoldsWhatIsUsed(
    permissions.usedActions(),
  ),
  'roles are narrow': permissions.rolesAreNarrow,
  'roles are taken by those meant': permissions.rolesAreTakenByThoseMeant,
  'alarms reach somebody': alerts.alarmsReachSomebody,
  'one piece of work that failed is told': alerts.failedWorkIsTold,
  'the key lets services in': alerts.keyLetsServicesIn,
  'the topic lets services in': alerts.topicLetsServicesIn,
  'logs are kept, encrypted, and deleted some day': alerts.logsAreKeptAndEncrypted,
}
