#!/usr/bin/env bash
# Makes a Shopify shop send its webhooks to Grazie.
#
#   SHOPIFY_TOKEN=... docs/subscribe-shopify.sh demo.myshopify.com https://grazie.example.com
#
# The token is the Admin API access token of your app. Running it again does no
# harm: Shopify refuses what it has already.
set -euo pipefail
domain=$1 uri=${2%/}/webhooks/shopify
api=${SHOPIFY_ADMIN_URL:-https://$domain}/admin/api/2026-10/graphql.json

for topic in ORDERS_CREATE ORDERS_PAID ORDERS_UPDATED ORDERS_CANCELLED ORDERS_FULFILLED ORDERS_PARTIALLY_FULFILLED \
  FULFILLMENTS_CREATE FULFILLMENTS_UPDATE FULFILLMENT_EVENTS_CREATE REFUNDS_CREATE \
  CUSTOMERS_CREATE CUSTOMERS_UPDATE CUSTOMERS_DELETE CUSTOMERS_EMAIL_MARKETING_CONSENT_UPDATE APP_UNINSTALLED; do
  printf '%s: ' "$topic"
  curl --silent --show-error --fail-with-body "$api" \
    --header @<(printf 'X-Shopify-Access-Token: %s' "$SHOPIFY_TOKEN") --header 'Content-Type: application/json' --data @- <<JSON
{"query": "mutation Subscribe(\$topic: WebhookSubscriptionTopic!, \$uri: String!) {
    webhookSubscriptionCreate(topic: \$topic, webhookSubscription: {uri: \$uri}) {
      webhookSubscription { id } userErrors { field message } } }",
 "variables": {"topic": "$topic", "uri": "$uri"}}
JSON
  echo
done
