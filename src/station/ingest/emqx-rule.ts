/** Where the rule publishes. The number tells a later Picket that the rule is of an earlier one. */
export const emqxRuleTopic = '$picket/ev/1'

/** What to subscribe to; a topic with `$` at the start reaches nobody who subscribes to `#`. */
export const emqxRuleFilter = '$picket/ev/+'

/**
 * One rule for everything, so that any event of it shows that it is there as a whole. Sources: EMQX docs "Data
 * Sources and Fields", `emqx_rule_events.erl`, `emqx_rule_runtime.erl`. Kept to what EMQX 5.0 and later have:
 * `bitsize` rather than `bytesize`, which versions spell differently; no NOT, and no comparison of a field that the
 * event may lack, which would be false. A message without `peerhost` was made by EMQX itself, such as by another
 * rule; deliveries of these events are left out, or each would make another one.
 */
export const emqxRuleSql = `SELECT
  1 as picket,
  event,
  clientid,
  username,
  peername,
  reason,
  reason_code,
  connected_at,
  disconnected_at,
  CASE WHEN event = 'message.publish' THEN bitsize(payload) div 8 ELSE 0 END as bytes,
  CASE WHEN event = 'message.publish' THEN topic ELSE '' END as sent_on
FROM
  "#",
  "$aws/#",
  "$events/client_connected",
  "$events/client_disconnected",
  "$events/client_connack",
  "$events/client_check_authz_complete",
  "$events/message_delivered"
WHERE
  event = 'client.connected'
  or event = 'client.disconnected'
  or (event = 'client.connack' and reason_code <> 'success')
  or (event = 'client.check_authz_complete' and result = 'deny')
  or (event = 'message.publish' and is_not_null(peerhost))
  or (event = 'message.delivered' and substr(topic, 0, 8) <> '$picket/')`

/**
 * All that an EMQX 5 needs for Picket to see the six cloud-side metrics, ready to paste. `username`: the login that
 * Picket has there.
 */
export function emqxRuleText(username: string): string {
  return [
    '# 1. The rule. In the dashboard: Integration > Rules > Create, with this SQL and the action Republish',
    `#    (topic ${emqxRuleTopic}, QoS 0, Retain false, Payload empty). Or put this in emqx.conf:`,
    'rule_engine.rules.picket {',
    `  sql = """${emqxRuleSql}"""`,
    '  actions = [{',
    '    function = republish',
    `    args = {topic = "${emqxRuleTopic}", qos = 0, retain = false, payload = ""}`,
    '  }]',
    '}',
    '',
    ...emqxAccessLines(username),
  ].join('\n')
}

/** Lines of acl.conf: who may read the events, and that nobody may forge them. They go above all others. */
function emqxAccessLines(username: string): string[] {
  const user = JSON.stringify(username)
  return [
    '% 2. Access. In acl.conf (dashboard: Access Control > Authorization > File), above all other lines:',
    `{allow, {username, ${user}}, subscribe, ["$SYS/brokers/+/clients/#", "$picket/#", "$aws/things/+/defender/metrics/#"]}.`,
    `{allow, {username, ${user}}, publish, ["$aws/things/+/defender/metrics/#"]}.`,
    '{deny, all, publish, ["$picket/#", "$SYS/#"]}.',
    '{deny, all, subscribe, ["$picket/#"]}.',
  ]
}
