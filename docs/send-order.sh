#!/usr/bin/env bash
# Sends one paid order to a running Grazie, signed as Shopify signs it.
#
#   docs/send-order.sh DOMAIN SECRET [EMAIL [URL]]
#
# DOMAIN and SECRET are those given to "grazie shop connect". Set ORDER to a
# number of your own to send the same order again.
set -euo pipefail
domain=$1 secret=$2 email=${3:-anna@mail.example} url=${4:-http://127.0.0.1:8080}
order=${ORDER:-$(date +%s)} now=$(date -u +%Y-%m-%dT%H:%M:%SZ)

body=$(cat <<JSON
{"id":$order,"name":"#$order","email":"$email","customer_locale":"en","financial_status":"paid",
 "currency":"EUR","total_price":"49.00","created_at":"$now","processed_at":"$now","updated_at":"$now",
 "customer":{"id":7001,"email":"$email","first_name":"Anna","last_name":"Rossi"},
 "shipping_address":{"first_name":"Anna","city":"Graz","country_code":"AT"},
 "line_items":[{"id":1,"title":"Linen apron","quantity":1,"price":"49.00","requires_shipping":true}]}
JSON
)
# What is signed is the body, byte for byte.
signature=$(printf %s "$body" | openssl dgst -sha256 -hmac "$secret" -binary | base64)

printf %s "$body" | curl --silent --show-error --fail-with-body --data-binary @- "$url/webhooks/shopify" \
  -H "Content-Type: application/json" \
  -H "X-Shopify-Topic: orders/paid" \
  -H "X-Shopify-Shop-Domain: $domain" \
  -H "X-Shopify-API-Version: 2026-10" \
  -H "X-Shopify-Webhook-Id: ${WEBHOOK:-order-$order}" \
  -H "X-Shopify-Hmac-Sha256: $signature"
