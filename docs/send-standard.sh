#!/usr/bin/env bash
# Sends one paid order to a running Grazie, signed by Standard Webhooks.
#
#   docs/send-standard.sh URL SECRET [EMAIL]
#
# URL and SECRET are those that "grazie shop connect standard" showed. Set ORDER
# to a number of your own to send the same order again.
set -euo pipefail
url=$1 secret=$2 email=${3:-anna@mail.example}
order=${ORDER:-$(date +%s)} now=$(date -u +%Y-%m-%dT%H:%M:%SZ) seconds=$(date +%s)
id=${WEBHOOK:-order-$order}

body=$(cat <<JSON
{"type":"order.paid","timestamp":"$now","data":{
 "id":"$order","name":"#$order","currency":"EUR","total":"49.00","locale":"en",
 "customer":{"id":"7001","email":"$email","first_name":"Anna","last_name":"Rossi"},
 "shipping_address":{"first_name":"Anna","city":"Graz","country":"AT"},
 "items":[{"title":"Linen apron","quantity":1,"price":"49.00"}]}}
JSON
)
# The key is what the base64 behind whsec_ stands for. What is signed is the id,
# the time of this attempt and the body, a full stop between them.
key=$(printf %s "${secret#whsec_}" | base64 -d | od -An -v -tx1 | tr -d ' \n')
signature=$(printf %s "$id.$seconds.$body" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | base64)

printf %s "$body" | curl --silent --show-error --fail-with-body --data-binary @- "$url" \
  -H "Content-Type: application/json" \
  -H "webhook-id: $id" \
  -H "webhook-timestamp: $seconds" \
  -H "webhook-signature: v1,$signature"
