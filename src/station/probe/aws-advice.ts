import type { ProbeAdvice } from '../../contract/model/source.ts'
import { lifecycleFilters } from '../ingest/aws-lifecycle-events.ts'

/** The policy that lets Picket read lifecycle events and nothing else. `host`: the account's endpoint. */
export function awsPolicy(host: string, clientId: string): ProbeAdvice {
  const region = /\.iot\.([a-z0-9-]+)\.amazonaws\.com/.exec(host)?.[1] ?? 'REGION'
  const partition = host.endsWith('.cn') ? 'aws-cn' : 'aws'
  const name = (what: string) => `arn:${partition}:iot:${region}:ACCOUNT:${what}`
  const allow = (Action: string, Resource: string[]) => ({ Effect: 'Allow', Action, Resource })
  // In topic filters of a policy + and # are plain characters; in topics * matches anything.
  const policy = {
    Version: '2012-10-17',
    Statement: [
      allow('iot:Connect', [name(`client/${clientId}*`)]),
      allow(
        'iot:Subscribe',
        lifecycleFilters.map((filter) => name(`topicfilter/${filter}`)),
      ),
      allow('iot:Receive', [name('topic/$aws/events/presence/*')]),
    ],
  }
  return {
    title: 'AWS IoT policy for Picket’s certificate',
    sentence:
      'Attach it to the certificate that Picket logs in with; put the number of the account in place of ACCOUNT.',
    text: JSON.stringify(policy, null, 2),
  }
}
