/** What the example prints: commands to try, and what each answers. */

/** The commands, for a server at `base` such as `http://localhost:3000`. They use the printed variables. */
export function welcome(base) {
  const curl = `curl -sS -w ' %{http_code}\\n'`;
  const json = `-H 'Content-Type: application/json'`;
  return `
# No key: an open route, then one that needs a key
${curl} ${base}/open
#> {"hello":"anonymous"} 200
${curl} ${base}/systems
#> {"error":{"code":"UNAUTHORIZED","message":"API key is missing","details":{"reason":"key_missing"}}} 401

# The secret key may do everything
${curl} -H "Authorization: Bearer $SECRET_KEY" ${base}/v2/floor/f1
#> {"id":"f1","name":"Floor f1"} 200
${curl} -H "Authorization: Bearer $SECRET_KEY" -X PATCH ${json} -d '{"name":"Lobby"}' ${base}/v2/floor/f1
#> {"id":"f1","name":"Lobby"} 200

# The publishable key reads public floors, for pages of its origins alone
${curl} -H 'Origin: https://app.example.com' "${base}/v2/floor/f2?pubtoken=$PUBLISHABLE_KEY"
#> {"id":"f2","name":"Floor f2"} 200
${curl} -H 'Origin: https://elsewhere.example' "${base}/v2/floor/f2?pubtoken=$PUBLISHABLE_KEY"
#> {"error":{"code":"FORBIDDEN","message":"Origin not allowed","details":{"reason":"origin_not_allowed"}}} 403

# The scoped keys: one reads and writes systems, the other only reads them
${curl} -H "X-API-Key: $SCOPED_KEY" ${json} -d '{"name":"Studio"}' ${base}/systems
#> {"id":"sys-2","name":"Studio"} 200
${curl} -H "X-API-Key: $READONLY_KEY" ${base}/systems
#> {"systems":[{"id":"sys-1","name":"Boardroom"},{"id":"sys-2","name":"Studio"}]} 200
${curl} -H "X-API-Key: $READONLY_KEY" ${json} -d '{"name":"Attic"}' ${base}/systems
#> {"error":{"code":"FORBIDDEN","message":"Insufficient permissions","details":{"required":"systems.write","provided":"systems.read"}}} 403

# A temporary token for one floor, minted from the secret key; AUTHORIZATION is then "Bearer tk_..."
AUTHORIZATION=$(curl -sS -H "Authorization: Bearer $SECRET_KEY" ${json} -d '{"scopes":[{"resource":"floor","action":"readPublic","resourceId":"f2"}]}' ${base}/v2/temporary-access-token/create | sed 's/.*"authorization":"\\([^"]*\\)".*/\\1/')
${curl} -H "Authorization: $AUTHORIZATION" ${base}/v2/floor/f2
#> {"id":"f2","name":"Floor f2"} 200
${curl} -H "Authorization: $AUTHORIZATION" ${base}/v2/floor/f1
#> {"error":{"code":"FORBIDDEN","message":"Insufficient permissions","details":{"required":"floor:readPublic","provided":"floor/f2:readPublic"}}} 403

# The admin key hands out keys: the token is in the answer to POST, and nowhere else
MY_KEY=$(curl -sS -H "Authorization: Bearer $ADMIN_KEY" ${json} -d '{"name":"My Application","permissions":["models:read"],"rate_limit":1000}' ${base}/api/v1/keys | sed 's/.*"key":"\\([^"]*\\)".*/\\1/')
${curl} -H "Authorization: Bearer $MY_KEY" ${base}/models
#> {"models":[]} 200
${curl} -H "Authorization: Bearer $MY_KEY" ${base}/api/v1/keys
#> {"error":{"code":"FORBIDDEN","message":"Insufficient permissions","details":{"required":"api_keys:read","provided":"models:read"}}} 403
MY_KEY_ID=$(curl -sS -H "Authorization: Bearer $MY_KEY" ${base}/api/v1/whoami | sed 's/.*"id":"\\([^"]*\\)","owner_id".*/\\1/')
REVOKED=$(curl -sS -H "Authorization: Bearer $ADMIN_KEY" -X DELETE ${base}/api/v1/keys/$MY_KEY_ID)
${curl} -H "Authorization: Bearer $MY_KEY" ${base}/models
#> {"error":{"code":"UNAUTHORIZED","message":"Invalid API key","details":{"reason":"key_not_found"}}} 401
`;
}
